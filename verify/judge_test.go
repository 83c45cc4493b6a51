package verify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/sandboxtest"
	"github.com/selfplay-swe/ssr/suite"
	"github.com/selfplay-swe/ssr/verify"
)

// sample returns the artifact of a case and the snapshot that it is about.
func sample(t testing.TB, name string) (*repo.Snapshot, *bug.Artifact) {
	t.Helper()
	c := readCase(t, "testdata/"+name+".txtar")
	artifact, err := bug.Load(filepath.Join(c.dir, "artifact"))
	require.NoError(t, err)
	return open(t, filepath.Join(c.dir, "repo")), artifact
}

// Impossible options are refused before anything runs.
func TestImpossibleOptions(t *testing.T) {
	snapshot, artifact := sample(t, "consistent")
	for name, options := range map[string]verify.Options{
		"MinPassing":      {MinPassing: -1},
		"MinChangedFiles": {MinChangedFiles: -2},
		"MinFailing":      {MinFailing: -1},
		"MaxBrokenShare":  {MaxBrokenShare: 1.5},
		"Repeats":         {Repeats: -1},
		"Parallel":        {Parallel: -1},
		"ParserTimeout":   {ParserTimeout: -1},
		"Timeout":         {Timeout: -time.Second},
		"Limits.Memory":   {Limits: sandbox.Limits{Memory: -1}},
		"Steering":        {Steering: []verify.Steering{{Pattern: "[", Why: "is wrong"}}},
	} {
		t.Run(name, func(t *testing.T) {
			fake := &sandboxtest.Fake{}
			judge := &verify.Judge{Provider: fake, Options: options}
			_, err := judge.Verify(t.Context(), snapshot, artifact)
			var bad *verify.OptionError
			require.ErrorAs(t, err, &bad)
			require.Equal(t, name, bad.Option)
			require.Contains(t, err.Error(), "it must be")
			require.Zero(t, fake.Made())
		})
	}
	require.NoError(t, verify.Options{Repeats: verify.MostRepeats}.Validate())
	require.EqualError(t, verify.Options{Repeats: verify.MostRepeats + 1}.Validate(), "verify: option Repeats is 1001; it must be 1000 or less")
	_, err := (&verify.Judge{Options: verify.Options{MaxBrokenShare: math.NaN()}}).Verify(t.Context(), snapshot, artifact)
	require.Error(t, err)
}

// A machine that fails is an error, whatever the artifact is, and says nothing
// of it.
func TestMachineFails(t *testing.T) {
	snapshot, artifact := sample(t, "consistent")
	gone := errors.New("gone")
	fake := &sandboxtest.Fake{Run: func(context.Context, *sandboxtest.Machine, sandbox.Cmd) (sandbox.Result, error) {
		return sandbox.Result{}, gone
	}}
	report, err := (&verify.Judge{Provider: fake}).Verify(t.Context(), snapshot, artifact)
	require.Nil(t, report)
	require.ErrorIs(t, err, gone)
	require.Zero(t, fake.Open())

	refusing := &sandboxtest.Fake{Missing: sandbox.Memory}
	_, err = (&verify.Judge{Provider: refusing}).Verify(t.Context(), snapshot, artifact)
	var refused *sandbox.GuaranteeError
	require.ErrorAs(t, err, &refused)
}

// Where the facts of the first check are wrong no sandbox is made; how many runs
// those of a later one cost is in the cases.
func TestFactsRunNothing(t *testing.T) {
	for _, name := range []string{"weakening_unlisted", "files_absent", "files_folder", "weakening_code"} {
		snapshot, artifact := sample(t, name)
		fake := &sandboxtest.Fake{}
		report, err := (&verify.Judge{Provider: fake}).Verify(t.Context(), snapshot, artifact)
		require.NoError(t, err)
		require.False(t, report.Consistent)
		require.Zero(t, fake.Made(), name)
	}
}

// A caller who gives up gets the context's error, and nothing still runs.
func TestCanceled(t *testing.T) {
	snapshot, artifact := sample(t, "consistent")
	ctx, cancel := context.WithCancel(t.Context())
	fake := &sandboxtest.Fake{Run: func(ctx context.Context, _ *sandboxtest.Machine, _ sandbox.Cmd) (sandbox.Result, error) {
		cancel()
		<-ctx.Done()
		return sandbox.Result{}, ctx.Err()
	}}
	_, err := (&verify.Judge{Provider: fake}).Verify(ctx, snapshot, artifact)
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, fake.Open())
}

// The door to a bug is shut but for a consistent report of this process.
func TestBugDoor(t *testing.T) {
	b, ok := new(verify.Report).Bug()
	require.False(t, ok)
	require.Zero(t, b)
	b, ok = (&verify.Report{Consistent: true}).Bug()
	require.False(t, ok)
	require.Zero(t, b)
	_, err := (&verify.Judge{}).Grade(t.Context(), b, []byte("x"), verify.GradeOptions{})
	var misuse *verify.OptionError
	require.ErrorAs(t, err, &misuse)

	report := verify.Refused(&bug.FormatError{File: bug.InjectName, Problem: "it is no diff"})
	_, ok = report.Bug()
	require.False(t, ok)
}

// Runs that were made before are not made again, and the verdict is the same; a
// patch is graded from kept runs, too.
func TestRunsAreSaved(t *testing.T) {
	provider := machine.Provider(t)
	snapshot, artifact := sample(t, "consistent")
	dir := t.TempDir()
	first, err := (&verify.Judge{Provider: provider, RunDir: dir}).Verify(t.Context(), snapshot, artifact)
	require.NoError(t, err)
	require.Equal(t, []int{7, 0}, []int{first.Runs, first.RunsSaved})
	judge := &verify.Judge{Provider: provider, RunDir: dir}
	second, err := judge.Verify(t.Context(), snapshot, artifact)
	require.NoError(t, err)
	require.Equal(t, []int{0, 7}, []int{second.Runs, second.RunsSaved})
	require.Equal(t, text(first), text(second))

	b, ok := second.Bug()
	require.True(t, ok)
	require.Equal(t, second.FailToPass, b.FailToPass())
	require.NotEqual(t, b.Original().Key(), b.Broken().Key())
	fix := []byte(readCase(t, "testdata/consistent.txtar").files["fix.diff"])
	for i := range 2 {
		grade, err := judge.Grade(t.Context(), b, fix, verify.GradeOptions{})
		require.NoError(t, err)
		require.Equal(t, verify.Resolved, grade.Outcome)
		require.Equal(t, i, grade.RunsSaved)
	}
}

// How many runs go side by side changes no report.
func TestParallelIsTheSame(t *testing.T) {
	provider := machine.Provider(t)
	for _, name := range []string{"inverse_many", "inverse_junk_edit", "parser_bad_on_weakened", "bug_none_fail"} {
		snapshot, artifact := sample(t, name)
		var reports []string
		for _, parallel := range []int{1, 2, 8} {
			judge := &verify.Judge{Provider: provider, Options: verify.Options{Parallel: parallel}}
			report, err := judge.Verify(t.Context(), snapshot, artifact)
			require.NoError(t, err)
			reports = append(reports, text(report))
		}
		require.Len(t, slices.Compact(reports), 1, name)
	}
}

// The report as JSON has the fields that others read, and no null.
func TestReportJSON(t *testing.T) {
	provider := machine.Provider(t)
	for _, name := range []string{"consistent", "bug_none_fail", "files_absent"} {
		snapshot, artifact := sample(t, name)
		report, err := (&verify.Judge{Provider: provider}).Verify(t.Context(), snapshot, artifact)
		require.NoError(t, err)
		data, err := json.Marshal(report)
		require.NoError(t, err)
		require.NotContains(t, string(data), "null")
		var fields map[string]any
		require.NoError(t, json.Unmarshal(data, &fields))
		for _, field := range []string{"version", "consistent", "checks", "fail_to_pass", "pass_to_pass", "flaky", "hidden", "runs", "runs_saved", "options"} {
			require.Contains(t, fields, field)
		}
		var names []string
		for _, check := range fields["checks"].([]any) {
			check := check.(map[string]any)
			names = append(names, check["name"].(string))
			require.Contains(t, check, "passed")
			require.NotEmpty(t, check["finding"])
			require.Contains(t, check, "evidence")
		}
		require.Equal(t, "test-files parser script scope bug weakening inverse-mutation", strings.Join(names, " "))
	}
	refused, err := json.Marshal(verify.Refused(&bug.FormatError{File: bug.ParserName}))
	require.NoError(t, err)
	require.NotContains(t, string(refused), "null")
}

// The evidence of a verdict has the counts, the ids, the runs and the log.
func TestEvidence(t *testing.T) {
	snapshot, artifact := sample(t, "bug_missing")
	judge := &verify.Judge{Provider: machine.Provider(t), Options: verify.Options{MinFailing: 8}}
	report, err := judge.Verify(t.Context(), snapshot, artifact)
	require.NoError(t, err)
	evidence := report.Checks[4].Evidence
	require.Equal(t, map[string]int{"fail_to_pass": 7, "pass_to_pass": 5, "missing": 4, "flaky": 0, "skipped": 0}, evidence.Counts)
	require.Equal(t, []string{"case_1", "case_2", "case_3", "case_empty"}, evidence.IDs["missing"])
	require.Len(t, evidence.Runs, 2)
	require.Equal(t, "bug #1", evidence.Runs[0].Name)
	require.Equal(t, map[string]int{"passed": 5, "failed": 3}, evidence.Runs[0].Statuses)
	require.Contains(t, strings.Join(evidence.Log, "\n"), "fail add_1: got -1, want 3")
}

// Where the bug makes tests flaky, a test that passes only once without an entry is
// no proof that the entry breaks it; where it does not, the first flip decides.
func TestFlipsByChance(t *testing.T) {
	snapshot, artifact := sample(t, "consistent")
	for flaky, want := range map[bool]string{false: "consistent", true: "inverse-mutation"} {
		runs := map[string]int{}
		fake := &sandboxtest.Fake{Run: func(_ context.Context, m *sandboxtest.Machine, cmd sandbox.Cmd) (sandbox.Result, error) {
			if cmd.Stdin != nil {
				return sandbox.Result{Output: cmd.Stdin}, nil // the parser: the log is JSON
			}
			add, word, test := contains(m, "lib/add.sh", "+ $2"), contains(m, "lib/case.sh", "^^"), contains(m, "t/add_t.sh", "add_2")
			key := fmt.Sprint(add, word, test)
			runs[key]++
			odd := runs[key]%2 == 1
			log := suite.Results{"add": status(add || !test), "case": status(word && (add || odd)), "flaky": status(add || word || !flaky || odd)}
			for i := range 10 {
				log[fmt.Sprint(i)] = suite.Passed
			}
			output, err := json.Marshal(log)
			return sandbox.Result{Output: output}, err
		}}
		judge := &verify.Judge{Provider: fake, Options: verify.Options{Parallel: 1, MinFailing: 1}}
		report, err := judge.Verify(t.Context(), snapshot, artifact)
		require.NoError(t, err)
		verdict, finding := first(report)
		require.Equal(t, want, verdict, finding)
	}
}

func contains(m *sandboxtest.Machine, path, text string) bool {
	file, err := m.Read(sandbox.WorkDir + "/" + path)
	return err == nil && strings.Contains(string(file.Data), text)
}

func status(passed bool) suite.Status {
	if passed {
		return suite.Passed
	}
	return suite.Failed
}

// Checks are told of in their order, each once; every run begins before it ends.
func TestProgress(t *testing.T) {
	snapshot, artifact := sample(t, "inverse_many")
	var checks []string
	running, finished := map[string]bool{}, 0
	judge := &verify.Judge{Provider: machine.Provider(t), Options: verify.Options{Progress: func(e verify.Event) {
		switch e.Kind {
		case verify.CheckDecided:
			checks = append(checks, e.Decision.Name)
		case verify.RunStarted:
			require.False(t, running[e.Run])
			running[e.Run] = true
		case verify.RunFinished:
			require.True(t, running[e.Run])
			finished++
			require.Equal(t, finished, e.Done)
			require.Equal(t, 10, e.Planned)
		}
	}}}
	report, err := judge.Verify(t.Context(), snapshot, artifact)
	require.NoError(t, err)
	require.Equal(t, 10, finished)
	var want []string
	for _, check := range report.Checks {
		want = append(want, check.Name)
	}
	require.Equal(t, want, checks)
}

// Every check has what a person and a store need of it.
func TestChecksAreDocumented(t *testing.T) {
	for _, check := range verify.Checks() {
		require.Regexp(t, `^[a-z]+(-[a-z]+)*$`, check.Name)
		require.NotEmpty(t, check.Doc)
		require.True(t, check.Facts != nil || check.Run != nil)
	}
}

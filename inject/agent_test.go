package inject_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/scripted"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/verify"
)

func call(t testing.TB, tool string, args agent.Args) policy.Message {
	t.Helper()
	text, err := json.Marshal(args)
	require.NoError(t, err)
	return policy.Message{Calls: []policy.Call{{ID: "1", Name: tool, Arguments: string(text)}}}
}

func bash(t testing.TB, command string) policy.Message {
	return call(t, "bash", agent.Args{"command": command})
}

func submit(t testing.TB, folder string) policy.Message {
	return call(t, "submit", agent.Args{"folder": folder})
}

// written are the files of one of ../testdata/artifacts, by name.
func written(t testing.TB, name string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, file := range []string{bug.ScriptName, bug.ParserName, bug.TestFilesName, bug.InjectName, bug.WeakenName} {
		data, err := os.ReadFile(filepath.Join("../testdata/artifacts", name, file))
		require.NoError(t, err)
		files[file] = string(data)
	}
	return files
}

// hand writes files into a folder of the sandbox.
func hand(t testing.TB, folder string, files map[string]string) policy.Message {
	t.Helper()
	var command strings.Builder
	fmt.Fprintf(&command, "mkdir -p %s", folder)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&command, "\nbase64 -d > %s/%s <<< '%s'", folder, name, base64.StdEncoding.EncodeToString([]byte(files[name])))
	}
	return bash(t, command.String())
}

// A project is a real one, ready to be played on.
type project struct {
	*inject.Repository
	judge *verify.Judge
}

func openProject(t testing.TB, source string) *project {
	t.Helper()
	provider := machine.Provider(t)
	machine.Needs(t, provider, "go version && git --version")
	snapshot := machine.Open(t, provider, source)
	installed, err := sandbox.Setup{}.Prepare(t.Context(), provider, snapshot)
	require.NoError(t, err)
	return &project{
		&inject.Repository{Snapshot: snapshot, Provider: provider, Setup: installed},
		&verify.Judge{Provider: provider, Setup: installed.Whole, RunDir: filepath.Join(snapshot.Dir, "runs")},
	}
}

// look judges what an injector handed in, and says what is wrong with it.
func (p *project) look(ctx context.Context, _ *inject.Repository, f bug.Files) (report string, consistent bool, err error) {
	artifact, err := bug.Parse(f)
	if err != nil {
		return err.Error(), false, nil
	}
	made, err := p.judge.Verify(ctx, p.Snapshot, artifact)
	if err != nil {
		return "", false, err
	}
	for _, check := range made.Checks {
		if !check.Passed {
			return check.Name + ": " + check.Finding, false, nil
		}
	}
	return "", true, nil
}

func (p *project) assignment(s inject.Strategy) inject.Assignment {
	return inject.Assignment{Repository: p.Repository, Strategy: s, Seed: 7,
		Minima: inject.Minima{PassingTests: 10, ChangedFiles: 2, FailingTests: 2, MaxBrokenShare: 0.9}}
}

// play lets a script make a bug.
func (p *project) play(t *testing.T, g inject.Agent, s inject.Strategy, turns ...policy.Message) (*inject.Injection, inject.Record) {
	t.Helper()
	g.Loop.Policy = scripted.Say(turns...)
	made, err := g.Inject(t.Context(), p.assignment(s))
	require.NoError(t, err)
	var record inject.Record
	require.NoError(t, json.Unmarshal(made.Record, &record))
	for i, step := range record.Trajectory.Steps {
		t.Logf("turn %d: %.500s", i+1, step.Observation)
	}
	return made, record
}

// consistent demands that the judge finds nothing wrong.
func (p *project) consistent(t *testing.T, made *inject.Injection) {
	t.Helper()
	report, consistent, err := p.look(t.Context(), p.Repository, made.Files)
	require.NoError(t, err)
	require.True(t, consistent, report)
}

const mux = "module:github.com/gorilla/mux@v1.8.1"

// A function goes from two files of a real project, and who called it is
// repaired.
func TestAgentRemoves(t *testing.T) {
	p, files := openProject(t, mux), written(t, "mux-removal")
	made, record := p.play(t, inject.Agent{}, inject.Removal,
		bash(t, "git status --short && git log --oneline | head -3; find $(go env GOCACHE) -name '*-d' | wc -l"),
		hand(t, ".ssr", files),
		bash(t, "git apply .ssr/bug_inject.diff .ssr/test_weaken.diff && go vet . && git status --short"),
		submit(t, ".ssr"),
	)
	require.Equal(t, agent.Submitted, record.Trajectory.Stop)
	require.Equal(t, inject.RecordVersion, record.Version)
	require.Equal(t, fmt.Sprintf("inject-%.16s-%016x", p.Snapshot.Key, 7), record.Trajectory.ID)
	require.Empty(t, record.Comparison.Differences)
	require.Empty(t, record.Feedback)
	require.Empty(t, record.Trajectory.Trainable())
	require.Regexp(t, `^[0-9a-f]{7} Release v1.8.1\n[0-9a-f]{7} Release v1.8.0\n`, record.Trajectory.Steps[0].Observation, "and a clean tree before that")
	require.NotContains(t, record.Trajectory.Steps[0].Observation, "\n0\n", "the tests have been compiled")
	require.Equal(t, files[bug.ScriptName], string(made.Files.Script))
	p.consistent(t, made)
}

// A change that a release made is undone.
func TestAgentUndoesHistory(t *testing.T) {
	p, files := openProject(t, "module:github.com/spf13/pflag@v1.0.10"), written(t, "pflag-history")
	made, record := p.play(t, inject.Agent{}, inject.History,
		bash(t, "git log --format=%s | tail -3; git diff --stat HEAD~1 HEAD; git blame -L1,3 flag.go"),
		hand(t, ".ssr", files),
		bash(t, "git apply .ssr/bug_inject.diff .ssr/test_weaken.diff && go vet ."),
		submit(t, "/work/.ssr/"),
	)
	require.Contains(t, record.Trajectory.Steps[0].Observation, "Release v1.0.0")
	require.Contains(t, record.Trajectory.Messages[1].Content, "Each commit is a whole release")
	p.consistent(t, made)
}

// What is handed in is what the tree holds, whatever the diffs say.
func TestAgentWhoseDiffsLie(t *testing.T) {
	p, files := openProject(t, mux), written(t, "mux-removal")
	honest, _ := p.play(t, inject.Agent{}, inject.Removal,
		hand(t, ".ssr", files), bash(t, "git apply .ssr/bug_inject.diff .ssr/test_weaken.diff"), submit(t, ".ssr"))
	made, record := p.play(t, inject.Agent{}, inject.Removal,
		hand(t, ".ssr", files),
		bash(t, `git apply .ssr/bug_inject.diff .ssr/test_weaken.diff
			cd .ssr && rm test_weaken.diff && mv test_parser.py parse_test_output.py
			printf 'diff --git a/new.go b/new.go\nnew file mode 100644\n--- /dev/null\n+++ b/new.go\n@@ -0,0 +1 @@\n+package mux\n' > bug_inject.diff`),
		submit(t, ".ssr"),
	)
	require.Equal(t, honest.Files, made.Files)
	var told []string
	for _, difference := range record.Comparison.Differences {
		told = append(told, difference.String())
	}
	require.Contains(t, told, `bug_inject.diff: "new.go" is there with the diff, and not in the tree`)
	require.Contains(t, told, `bug_inject.diff: "mux.go" holds something else in the tree than with the diff`)
	require.Contains(t, told, "test_weaken.diff: it is missing")
}

// Who never submits hands in nothing.
func TestAgentThatNeverSubmits(t *testing.T) {
	p := openProject(t, mux)
	made, record := p.play(t, inject.Agent{Loop: agent.Loop{Limits: agent.Limits{Turns: 2}}}, inject.Direct,
		bash(t, "echo '<tool: submit>.ssr</tool>'"), bash(t, "mkdir .ssr && echo submitted > .ssr/test_script.sh"))
	require.Equal(t, bug.Files{}, made.Files)
	require.Equal(t, agent.MaxTurns, record.Trajectory.Stop)
	require.Regexp(t, `^it ended by max_turns: \d+ turns were taken$`, made.Ending)
	require.Nil(t, record.Comparison)
}

// With feedback, what is wrong is told, and mended in the same conversation.
func TestAgentMendsWhatItIsTold(t *testing.T) {
	p, files := openProject(t, mux), written(t, "mux-removal")
	made, record := p.play(t, inject.Agent{Feedback: 2, Judge: p.look}, inject.Removal,
		hand(t, ".ssr", files),
		bash(t, "rm .ssr/test_parser.py"),
		submit(t, ".ssr"),
		hand(t, ".ssr", files),
		submit(t, ".ssr"),
		bash(t, "git apply .ssr/bug_inject.diff .ssr/test_weaken.diff"),
		submit(t, ".ssr"),
	)
	require.Len(t, record.Feedback, 2)
	require.Contains(t, record.Trajectory.Trainable(), "could see the judge's report")
	require.Contains(t, record.Trajectory.Steps[2].Observation, "There is no test_parser.py in the folder")
	require.Contains(t, record.Trajectory.Steps[4].Observation, record.Feedback[1].Report)
	require.Contains(t, record.Trajectory.Steps[4].Observation, `bug_inject.diff: "mux.go" holds something else in the tree than with the diff`)
	require.Contains(t, record.Trajectory.Steps[4].Observation, "The next submission is final.")
	require.Equal(t, agent.Submitted, record.Trajectory.Stop)
	p.consistent(t, made)
}

// One that is not mended is handed in as it is, when the rounds are used up.
func TestAgentThatMendsNothing(t *testing.T) {
	p, files := openProject(t, mux), written(t, "mux-removal")
	delete(files, bug.ScriptName)
	made, record := p.play(t, inject.Agent{Feedback: 1, Judge: p.look}, inject.Removal,
		hand(t, ".ssr", files), submit(t, ".ssr"), submit(t, ".ssr"))
	require.Len(t, record.Feedback, 1)
	require.False(t, record.Feedback[0].Consistent)
	require.Empty(t, made.Files.Script)
	require.Equal(t, files[bug.TestFilesName], string(made.Files.TestFiles))
}

// Refusals come before anything runs.
func TestAgentRefuses(t *testing.T) {
	say := agent.Loop{Policy: scripted.Say()}
	for want, g := range map[string]inject.Agent{
		"the strategy is mutation, which is no model's": {Loop: say},
		"Feedback is -1":                   {Loop: say, Feedback: -1},
		"there is no Judge to give it":     {Loop: say, Feedback: 1},
		"a limit of Take is negative":      {Loop: say, Take: sandbox.TakeLimits{Files: -1}},
		"the loop has no policy":           {},
		"agent: the limit turns is -1; it": {Loop: agent.Loop{Policy: say.Policy, Limits: agent.Limits{Turns: -1}}},
	} {
		_, err := g.Inject(t.Context(), refused(inject.Mutation))
		require.ErrorContains(t, err, want)
	}
	_, err := (&inject.Agent{Loop: say}).Inject(t.Context(), refused(inject.History))
	require.ErrorContains(t, err, "the strategy is history, and /a/folder has none; a git repository or a module's release is wanted")
	require.NotContains(t, (&inject.Agent{Loop: say}).Strategies(), inject.Mutation)
	require.Contains(t, strings.ToLower((&inject.Agent{Loop: say}).Identity()), "scripted")
}

// refused is an assignment whose sandboxes nobody may ask for.
func refused(s inject.Strategy) inject.Assignment {
	return inject.Assignment{Repository: &inject.Repository{Snapshot: &repo.Snapshot{Source: "/a/folder"}, Provider: noProvider{}}, Strategy: s}
}

type noProvider struct{}

func (noProvider) New(context.Context, sandbox.Spec) (sandbox.Sandbox, error) {
	panic("a sandbox was made")
}

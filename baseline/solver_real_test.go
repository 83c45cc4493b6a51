package baseline_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline"
	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local"
	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/verify"
)

// A replacement is an edit by hand.
type replacement struct{ file, before, after string }

// muxBug are two bugs of one edit, in two files, each with tests of its own.
var muxBug = []replacement{
	{"middleware.go", "if v == http.MethodOptions {", "if v != http.MethodOptions {"},
	{"regexp.go", "if p1 != p2 {", "if p1 == p2 {"},
}

// muxWeakening hides the second.
var muxWeakening = []replacement{{"old_test.go", "func TestStrictSlash(", "func testStrictSlash("}, {"mux_test.go", "func TestStrictSlash(", "func testStrictSlash("},
	{"mux_test.go", "func TestStrictSlashToggle", "func testStrictSlashToggle"}}

func edited(t *testing.T, tree *repo.Tree, list []replacement) *repo.Tree {
	t.Helper()
	for _, r := range list {
		file, err := tree.Read(r.file)
		require.NoError(t, err)
		if !bytes.Contains(file.Data, []byte(r.before)) {
			continue
		}
		tree, err = tree.With(map[string]*repo.File{r.file: {Mode: file.Mode, Data: bytes.Replace(file.Data, []byte(r.before), []byte(r.after), 1)}})
		require.NoError(t, err)
	}
	return tree
}

func diff(t *testing.T, from, to *repo.Tree) []byte {
	t.Helper()
	text, err := repo.Diff(from, to)
	require.NoError(t, err)
	return text
}

// TestSolverRepairsMux lets the solver make attempts at a bug in a real module.
// Each attempt is a function of its seed.
func TestSolverRepairsMux(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: downloads a real module and runs its tests for half a minute")
	}
	provider, err := local.New(local.Options{})
	require.NoError(t, err)
	snapshot, err := repo.Open(t.Context(), "module:github.com/gorilla/mux@v1.8.1", repo.Options{})
	if err != nil {
		t.Skip("needs the Go module proxy: ", err)
	}
	installed, err := sandbox.Setup{}.Prepare(t.Context(), provider, snapshot)
	require.NoError(t, err)
	judge := &verify.Judge{Provider: provider, Setup: installed.Whole}
	seen, err := survey.Take(t.Context(), survey.Subject{Tree: snapshot.Tree, Provider: provider, Setup: installed.Whole}, survey.Options{})
	require.NoError(t, err)
	broken := edited(t, snapshot.Tree, muxBug)
	artifact, err := bug.Parse(bug.Files{
		Script: survey.Script(seen.Framework, seen.Tests), Parser: survey.Parser(seen.Framework), TestFiles: []byte("mux_test.go\nold_test.go\n"),
		Inject: diff(t, snapshot.Tree, broken), Weaken: diff(t, broken, edited(t, broken, muxWeakening)),
	})
	require.NoError(t, err)
	report, err := judge.Verify(t.Context(), snapshot, artifact)
	require.NoError(t, err)
	found, ok := report.Bug()
	require.True(t, ok, "%+v", report.Checks)
	task, err := solve.NewTask(t.Context(), solve.Order{Bug: found, Provider: provider, Setup: installed.Dependencies})
	require.NoError(t, err)

	solver := &baseline.Solver{Budget: 200}
	defer solver.Close()
	solved := 0
	for seed := range uint64(8) {
		attempt, err := solve.Run(t.Context(), solver, task, seed)
		require.NoError(t, err)
		grade, err := task.Grade(t.Context(), judge, attempt, verify.GradeOptions{})
		require.NoError(t, err)
		var record map[string]any
		require.NoError(t, json.Unmarshal(attempt.Record, &record))
		delete(record, "edits")
		t.Logf("seed %d: %v, %v, %s: %v", seed, attempt.Stop, grade.Outcome, grade.Reason, record)
		if grade.Outcome == verify.Resolved {
			solved++
		}
	}
	require.NotZero(t, solved)
}

package baseline

import (
	"bytes"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
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

func edited(t testing.TB, tree *repo.Tree, list []replacement) *repo.Tree {
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

func between(t testing.TB, from, to *repo.Tree) []byte {
	t.Helper()
	text, err := repo.Diff(from, to)
	require.NoError(t, err)
	return text
}

// A clinic is a bug in a real module, and who judges what becomes of it.
type clinic struct {
	judge *verify.Judge
	task  *solve.Task
}

// newClinic makes muxBug a task.
func newClinic(t testing.TB) *clinic {
	t.Helper()
	r := openRepository(t, "module:github.com/gorilla/mux@v1.8.1")
	provider, snapshot, installed := r.Provider, r.Snapshot, r.Setup
	judge := &verify.Judge{Provider: provider, Setup: installed.Whole}
	seen, err := survey.Take(t.Context(), survey.Subject{Tree: snapshot.Tree, Provider: provider, Setup: installed.Whole}, survey.Options{})
	require.NoError(t, err)
	broken := edited(t, snapshot.Tree, muxBug)
	artifact, err := bug.Parse(bug.Files{
		Script: survey.Script(seen.Framework, seen.Tests), Parser: survey.Parser(seen.Framework), TestFiles: []byte("mux_test.go\nold_test.go\n"),
		Inject: between(t, snapshot.Tree, broken), Weaken: between(t, broken, edited(t, broken, muxWeakening)),
	})
	require.NoError(t, err)
	report, err := judge.Verify(t.Context(), snapshot, artifact)
	require.NoError(t, err)
	found, ok := report.Bug()
	require.True(t, ok, "%+v", report.Checks)
	task, err := solve.NewTask(t.Context(), solve.Order{Bug: found, Provider: provider, Setup: installed.Dependencies})
	require.NoError(t, err)
	return &clinic{judge, task}
}

// attempt makes an attempt and grades it.
func (c *clinic) attempt(t testing.TB, solver solve.Solver, seed uint64) (*solve.Attempt, *solve.Grade) {
	attempt, err := solve.Run(t.Context(), solver, c.task, seed)
	require.NoError(t, err)
	grade, err := c.task.Grade(t.Context(), c.judge, attempt, verify.GradeOptions{})
	require.NoError(t, err)
	return attempt, grade
}

// TestSolverRepairsMux lets the solver make attempts at a bug in a real module.
// Each attempt is a function of its seed.
func TestSolverRepairsMux(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: downloads a real module and runs its tests for half a minute")
	}
	c := newClinic(t)
	solver := &Solver{}
	defer solver.Close()
	var first *solve.Attempt
	solved := 0
	for seed := range uint64(4) {
		attempt, grade := c.attempt(t, solver, seed)
		t.Logf("seed %d: %v, %v: %s", seed, attempt.Stop, grade.Outcome, grade.Reason)
		if grade.Outcome == verify.Resolved {
			require.Equal(t, solve.Submitted, attempt.Stop)
			solved++
		}
		if seed == 0 {
			first = attempt
		}
	}
	require.NotZero(t, solved)
	again := &Solver{Parallel: 1}
	defer again.Close()
	attempt, _ := c.attempt(t, again, 0)
	require.Equal(t, first, attempt, "another solver, the same seed")
}

// BenchmarkGroup makes eight attempts on one bug, two at a time, by a solver that
// has not seen it, and lets them be graded by a judge who has not either, and
// keeps runs as that of a play does: attempts with one patch are graded once.
func BenchmarkGroup(b *testing.B) {
	c := newClinic(b)
	before := processorTime(b)
	for b.Loop() {
		c.judge = &verify.Judge{Provider: c.judge.Provider, Setup: c.judge.Setup, RunDir: b.TempDir()}
		solver := &Solver{}
		solved := make([]bool, 8)
		var group errgroup.Group
		group.SetLimit(runtime.GOMAXPROCS(0))
		for i := range solved {
			group.Go(func() error {
				_, grade := c.attempt(b, solver, uint64(i))
				solved[i] = grade.Outcome == verify.Resolved
				return nil
			})
		}
		require.NoError(b, group.Wait())
		require.NoError(b, solver.Close())
		b.ReportMetric(float64(len(slices.DeleteFunc(solved, func(ok bool) bool { return !ok }))), "solved")
	}
	b.ReportMetric((processorTime(b)-before)/float64(b.N), "cpu-s/op")
}

// processorTime is what the engine and its sandboxes took, in seconds.
func processorTime(t testing.TB) (sum float64) {
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var usage syscall.Rusage
		require.NoError(t, syscall.Getrusage(who, &usage))
		sum += time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
	}
	return sum
}

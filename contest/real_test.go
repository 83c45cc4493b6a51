package contest_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/choose"
	"github.com/selfplay-swe/ssr/contest"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/verify"
)

// A bug in several files of a real module: of patches that put back one, another, and
// both, tests that were written by hand choose the last.
func TestRealModule(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: runs the tests of a real module for a minute")
	}
	provider := machine.Provider(t)
	snapshot := machine.Open(t, provider, "module:github.com/gorilla/mux@v1.8.1")
	installed, err := sandbox.Setup{}.Prepare(t.Context(), provider, snapshot)
	require.NoError(t, err)
	artifact, err := bug.Load("../testdata/artifacts/mux-removal")
	require.NoError(t, err)
	judge := &verify.Judge{Provider: provider, Setup: installed.Whole, RunDir: filepath.Join(snapshot.Dir, "runs")}
	report, err := judge.Verify(t.Context(), snapshot, artifact)
	require.NoError(t, err)
	b, ok := report.Bug()
	require.True(t, ok, "%+v", report.Checks)
	task, err := solve.NewTask(t.Context(), solve.Order{Bug: b, Provider: provider, Setup: installed.Dependencies})
	require.NoError(t, err)
	g := &game{contest.New(task, b), task, archive(t, "testdata/mux.txtar")}
	g.Runner.Dir = judge.RunDir

	patches := []string{
		g.putBack(t, snapshot.Tree, "mux.go"),
		g.putBack(t, snapshot.Tree, "middleware.go"),
		g.putBack(t, snapshot.Tree, "mux.go", "middleware.go"),
	}
	var tests []string
	for _, name := range []string{"clean_path_test.go", "cors_test.go"} {
		diff, err := contest.TestFile(g.Tree, name, g.candidates[name])
		require.NoError(t, err)
		tests = append(tests, diff)
	}
	choice, table, err := choose.SelfPlay{Parallel: 2}.Play(t.Context(), g.Run, patches, tests)
	require.NoError(t, err)
	require.Equal(t, choose.Table{
		F: []int{1, 1}, P: []int{1, 0},
		FP: [][]int{{1, 0}, {0, 1}, {1, 1}},
		PP: [][]int{{1, 0}, {1, 0}, {1, 0}},
	}, table)
	require.Equal(t, 2, choice.Index)
	require.InDeltaSlice(t, []float64{1.5, 1.5, 2}, choice.Scores, 1e-9)
}

// putBack is the patch that puts files back as they were before the bug.
func (g *game) putBack(t testing.TB, original *repo.Tree, names ...string) string {
	t.Helper()
	changes := map[string]*repo.File{}
	for _, name := range names {
		file, err := original.Read(name)
		require.NoError(t, err)
		changes[name] = &file
	}
	tree, err := g.Tree.With(changes)
	require.NoError(t, err)
	diff, err := repo.Diff(g.Tree, tree)
	require.NoError(t, err)
	return string(diff)
}

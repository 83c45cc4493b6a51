package contest_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/selfplay-swe/ssr/baseline"
	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/choose"
	"github.com/selfplay-swe/ssr/contest"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/verify"
)

// A game is a contest at a bug that the judge accepted, with candidates for it.
type game struct {
	*contest.Contest
	task       *solve.Task
	candidates map[string][]byte
}

// calc is the bug of package solve's tests. It skips the test where there is no
// sandbox.
func calc(t testing.TB) *game {
	t.Helper()
	provider := machine.Provider(t)
	files := archive(t, "../solve/testdata/go.txtar")
	dir := filepath.Join(t.TempDir(), "repo")
	for name, data := range files {
		if inside, ok := strings.CutPrefix(name, "repo/"); ok {
			require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(inside)), 0o777))
			require.NoError(t, os.WriteFile(filepath.Join(dir, inside), data, 0o666))
		}
	}
	snapshot, err := repo.Open(t.Context(), dir, repo.Options{})
	require.NoError(t, err)
	installed, err := sandbox.Setup{}.Prepare(t.Context(), provider, snapshot)
	require.NoError(t, err)
	judge := &verify.Judge{Provider: provider, Setup: installed.Whole,
		RunDir: filepath.Join(snapshot.Dir, "runs"), Options: verify.Options{MinPassing: 4}}
	report, err := judge.Verify(t.Context(), snapshot, artifact(t, snapshot.Tree, files))
	require.NoError(t, err)
	b, ok := report.Bug()
	require.True(t, ok, "%+v", report.Checks)
	task, err := solve.NewTask(t.Context(), solve.Order{Bug: b, Provider: provider, Setup: installed.Dependencies})
	require.NoError(t, err)
	g := &game{contest.New(task, b), task, archive(t, "testdata/calc.txtar")}
	g.Runner.Dir = judge.RunDir
	return g
}

func archive(t testing.TB, name string) map[string][]byte {
	t.Helper()
	parsed, err := txtar.ParseFile(name)
	require.NoError(t, err)
	files := map[string][]byte{}
	for _, file := range parsed.Files {
		files[file.Name] = file.Data
	}
	return files
}

func artifact(t testing.TB, original *repo.Tree, files map[string][]byte) *bug.Artifact {
	t.Helper()
	broken := with(t, original, files, "broken/")
	weakened := with(t, broken, files, "weakened/")
	inject, err := repo.Diff(original, broken)
	require.NoError(t, err)
	weaken, err := repo.Diff(broken, weakened)
	require.NoError(t, err)
	parsed, err := bug.Parse(bug.Files{Script: files["test_script.sh"], Parser: files["test_parser.py"],
		TestFiles: files["test_files.txt"], Inject: inject, Weaken: weaken})
	require.NoError(t, err)
	return parsed
}

func with(t testing.TB, tree *repo.Tree, files map[string][]byte, prefix string) *repo.Tree {
	t.Helper()
	changes := map[string]*repo.File{}
	for name, data := range files {
		if path, ok := strings.CutPrefix(name, prefix); ok {
			changes[path] = &repo.File{Mode: repo.Regular, Data: data}
		}
	}
	tree, err := tree.With(changes)
	require.NoError(t, err)
	return tree
}

// patch is a candidate patch, by the folder that its files are in.
func (g *game) patch(t testing.TB, folder string) string {
	t.Helper()
	diff, err := repo.Diff(g.Tree, with(t, g.Tree, g.candidates, folder+"/"))
	require.NoError(t, err)
	return string(diff)
}

func (g *game) tests(t testing.TB, name string) string {
	t.Helper()
	diff, err := contest.TestFile(g.Tree, name, g.candidates["tests/"+name])
	require.NoError(t, err)
	return diff
}

// Kimi-Dev's play: tests that show nothing of the bug are left out, and of the
// others the patch that repairs everything passes most.
func TestSelfPlay(t *testing.T) {
	g := calc(t)
	patches := []string{"", g.patch(t, "overfit"), g.patch(t, "half"), g.patch(t, "whole")}
	tests := []string{g.tests(t, "add_test.go"), g.tests(t, "nothing_test.go"), g.tests(t, "broken_test.go"), g.tests(t, "both_test.go")}
	choice, table, err := choose.SelfPlay{Parallel: 2}.Play(t.Context(), g.Run, patches, tests)
	require.NoError(t, err)
	require.Equal(t, choose.Table{
		F: []int{1, 2}, P: []int{1, 0},
		FP: [][]int{{0, 0}, {1, 0}, {1, 1}, {1, 2}},
		PP: [][]int{{0, 0}, {1, 0}, {1, 0}, {1, 0}},
	}, table)
	require.Equal(t, 3, choice.Index)
	require.True(t, choice.Evidence)
}

// InfCode's play: a patch that was made for the first tests does not survive the
// stronger ones, and all patches are held against all tests.
func TestRounds(t *testing.T) {
	g := calc(t)
	patches := []string{g.patch(t, "overfit"), g.patch(t, "half"), g.patch(t, "whole")}
	played, err := choose.Rounds{
		Write: contest.Given(g.tests(t, "add_test.go"), g.tests(t, "both_test.go")),
		Fix:   func(_ context.Context, now choose.Turn) (string, error) { return patches[now.Round], nil },
		Run:   g.Run,
	}.Play(t.Context())
	require.NoError(t, err)
	require.Equal(t, []choose.Bout{
		{Patch: patches[0], Suite: 0, Passed: true}, {Patch: patches[1], Suite: 1}, {Patch: patches[2], Suite: 1, Passed: true}}, played.Bouts)
	require.Equal(t, "the writer knows no stronger tests", played.End)
	require.Equal(t, 2, played.Choice.Index)
	require.Equal(t, []string{"tests 0"}, played.Candidates[0].Reproduced)
	require.Equal(t, []string{"tests 0", "tests 1"}, played.Candidates[2].Reproduced)
}

// The built-in player's attempts, of as many seeds, in both plays.
func TestBuiltInPlayer(t *testing.T) {
	g := calc(t)
	solver := &baseline.Solver{Budget: 12}
	defer solver.Close()
	tests := []string{g.tests(t, "add_test.go"), g.tests(t, "both_test.go")}

	patches, err := contest.Attempts(t.Context(), solver, g.task, 1, 4)
	require.NoError(t, err)
	choice, _, err := choose.SelfPlay{Parallel: 2}.Play(t.Context(), g.Run, patches, tests)
	require.NoError(t, err)
	require.Equal(t, 2.0, choice.Scores[choice.Index], "one of four repairs everything and keeps the rest")

	played, err := choose.Rounds{Max: 4, Write: contest.Given(tests...), Fix: contest.Fixer(solver, g.task, 1), Run: g.Run}.Play(t.Context())
	require.NoError(t, err)
	require.Equal(t, patches[choice.Index], played.Bouts[played.Choice.Index].Patch, "%+v", played)
}

// With Whole, what a patch breaks of the tree's own tests counts, too.
func TestWhole(t *testing.T) {
	g := calc(t)
	results, err := g.Run(t.Context(), g.patch(t, "half"), g.tests(t, "add_test.go"))
	require.NoError(t, err)
	require.Equal(t, choose.Results{"example.com/calc TestAddSmall": true, "example.com/calc TestAddZero": true}, results)
	g.Whole = true
	results, err = g.Run(t.Context(), g.patch(t, "half"), g.tests(t, "add_test.go"))
	require.NoError(t, err)
	require.Equal(t, choose.Results{
		"example.com/calc TestAddSmall": true, "example.com/calc TestAddZero": true,
		"example.com/calc TestAdd": true, "example.com/calc TestNothing": true, "example.com/calc TestSub": false,
	}, results)
}

// What is no evidence has no results, whatever it says of itself.
func TestNoEvidence(t *testing.T) {
	g := calc(t)
	g.Runner.Timeout = 5 * time.Second
	both := g.tests(t, "both_test.go")
	for name, run := range map[string][2]string{
		"a patch that prints what the parser reads": {g.patch(t, "cheat"), both},
		"a patch that does not end":                 {g.patch(t, "endless"), both},
		"a patch that is no diff":                   {"I have repaired it.", both},
		"a patch of another tree":                   {strings.ReplaceAll(g.patch(t, "half"), "a - b", "a * b"), both},
		"tests that do not compile":                 {g.patch(t, "whole"), g.tests(t, "broken_test.go")},
		"tests that repair the code":                {"", g.patch(t, "whole") + both},
		"no tests":                                  {g.patch(t, "whole"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			results, err := g.Run(t.Context(), run[0], run[1])
			require.NoError(t, err)
			require.Empty(t, results)
		})
	}
}

// A patch does not decide what tests say.
func TestTestsInAPatchAreLeftOut(t *testing.T) {
	g := calc(t)
	results, err := g.Run(t.Context(), strings.ReplaceAll(g.tests(t, "both_test.go"), "!=", "=="), g.tests(t, "both_test.go"))
	require.NoError(t, err)
	require.Equal(t, choose.Results{"example.com/calc TestAddLarge": false, "example.com/calc TestSubLarge": false}, results)
}

package solve_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/verify"
)

// A game is a verified bug, ready to be solved.
type game struct {
	provider  sandbox.Provider
	installed *sandbox.Installed
	judge     *verify.Judge
	bug       verify.Bug
}

// play verifies the bug of testdata/name.txtar. It skips the test where there is
// no sandbox. Go's setup and runs, which take long, are kept in the user's cache.
func play(t testing.TB, name string) *game {
	t.Helper()
	provider := machine.Provider(t)
	archive, err := txtar.ParseFile("testdata/" + name + ".txtar")
	require.NoError(t, err)
	files := map[string][]byte{}
	for _, file := range archive.Files {
		files[file.Name] = file.Data
	}
	snapshot := snapshotOf(t, files)
	installed, err := sandbox.Setup{Command: string(files["setup"])}.Prepare(t.Context(), provider, snapshot)
	require.NoError(t, err)
	judge := &verify.Judge{Provider: provider, Setup: installed.Whole,
		RunDir: filepath.Join(snapshot.Dir, "runs"), Options: verify.Options{MinPassing: 4}}
	report, err := judge.Verify(t.Context(), snapshot, artifactOf(t, snapshot.Tree, files))
	require.NoError(t, err)
	require.True(t, report.Consistent, "%+v", report.Checks)
	b, _ := report.Bug()
	return &game{provider, installed, judge, b}
}

// snapshotOf opens the files under repo/.
func snapshotOf(t testing.TB, files map[string][]byte) *repo.Snapshot {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		if strings.HasPrefix(name, "repo/") {
			require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o777))
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o666))
		}
	}
	options := repo.Options{}
	if files["setup"] != nil {
		options.Cache = filepath.Join(dir, "cache")
	}
	snapshot, err := repo.Open(t.Context(), filepath.Join(dir, "repo"), options)
	require.NoError(t, err)
	return snapshot
}

// artifactOf makes an artifact of the files that are broken and weakened.
func artifactOf(t testing.TB, original *repo.Tree, files map[string][]byte) *bug.Artifact {
	t.Helper()
	broken := with(t, original, files, "broken/")
	inject, err := repo.Diff(original, broken)
	require.NoError(t, err)
	weaken, err := repo.Diff(broken, with(t, broken, files, "weakened/"))
	require.NoError(t, err)
	artifact, err := bug.Parse(bug.Files{Script: files["test_script.sh"], Parser: files["test_parser.py"],
		TestFiles: files["test_files.txt"], Inject: inject, Weaken: weaken})
	require.NoError(t, err)
	return artifact
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

func (g *game) order() solve.Order {
	return solve.Order{Bug: g.bug, Provider: g.provider, Setup: g.installed.Dependencies}
}

func (g *game) task(t testing.TB, o solve.Order) *solve.Task {
	t.Helper()
	task, err := solve.NewTask(t.Context(), o)
	require.NoError(t, err)
	return task
}

// A shellSolver runs a script at its desk. That is all a solver needs.
type shellSolver struct {
	script string
	output string // of the last attempt
}

func (s *shellSolver) Solve(ctx context.Context, d *solve.Desk) (solve.Ending, error) {
	result, err := d.Box.Run(ctx, sandbox.Cmd{Args: []string{"bash", "-c", s.script}, Combine: true,
		Stdin: d.Task.Specification})
	s.output = string(result.Output)
	return solve.Ending{Stop: solve.Submitted}, err
}

// attempt runs a script as the solver of a task.
func (g *game) attempt(t testing.TB, task *solve.Task, script string) *solve.Attempt {
	t.Helper()
	a, err := solve.Run(t.Context(), &shellSolver{script: script}, task, 1)
	require.NoError(t, err)
	return a
}

// looks returns what a script prints at a solver's desk.
func (g *game) looks(t testing.TB, task *solve.Task, script string) string {
	t.Helper()
	s := &shellSolver{script: script}
	_, err := solve.Run(t.Context(), s, task, 1)
	require.NoError(t, err)
	return s.output
}

// grade grades an attempt.
func (g *game) grade(t testing.TB, task *solve.Task, a *solve.Attempt) *solve.Grade {
	t.Helper()
	grade, err := task.Grade(t.Context(), g.judge, a, verify.GradeOptions{})
	require.NoError(t, err)
	return grade
}

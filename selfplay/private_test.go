package selfplay_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/solve"
)

// hider is an injector that breaks a line of each of four files, and takes their
// tests away, each from a file of its own.
type hider struct{}

func (hider) Inject(_ context.Context, a inject.Assignment) (*inject.Injection, error) {
	tree := a.Repository.Snapshot.Tree
	code, tests := map[string]*repo.File{}, map[string]*repo.File{}
	var list strings.Builder
	for _, name := range []string{"a", "b", "c", "d"} {
		file, err := tree.Read(name + ".sh")
		if err != nil {
			return nil, err
		}
		code[name+".sh"] = &repo.File{Mode: repo.Regular, Data: replace(file.Data, "one=0")}
		list.WriteString("t/" + name + "\n")
	}
	broken, err := tree.With(code)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"a", "b", "c", "d"} {
		tests["t/"+name] = without(broken, name+".sh", "t/"+name)
	}
	// One test stays, so that the weakening hides some and not all.
	delete(tests, "t/d")
	weakened, err := broken.With(tests)
	if err != nil {
		return nil, err
	}
	files := bug.Files{Script: []byte("run the tests\n"), Parser: []byte("#!/bin/parser\n"), TestFiles: []byte(list.String())}
	if files.Inject, err = repo.Diff(tree, broken); err != nil {
		return nil, err
	}
	files.Weaken, err = repo.Diff(broken, weakened)
	return &inject.Injection{Files: files}, err
}

// A literal solver repairs what the specification shows, and what fails, and
// nothing else.
type literal struct{}

func (literal) Solve(ctx context.Context, d *solve.Desk) (solve.Ending, error) {
	names := []string{"d"} // its test was not hidden
	for line := range strings.Lines(string(d.Task.Specification)) {
		if strings.HasPrefix(line, "+") && !strings.HasPrefix(line, "+++") {
			names = append(names, line[1:2])
		}
	}
	for _, name := range names {
		if _, err := d.Box.Run(ctx, sandbox.Cmd{Args: []string{"set", name + ".sh", "one=1"}}); err != nil {
			return solve.Ending{}, err
		}
	}
	return solve.Ending{Stop: solve.Submitted}, nil
}

// Tests that only score tell a solver that does what it is shown, and no more.
func TestPrivate(t *testing.T) {
	e := engine(t)
	e.Injector, e.Solver = hider{}, literal{}
	source := folder(t, 4)
	open := play(t, e, 1, source)[0]
	require.True(t, open.Consistent, "%+v", open.Refusal)
	require.Equal(t, 8, open.Solved)
	require.Zero(t, open.Gap())

	e = engine(t)
	e.Injector, e.Solver, e.Private = hider{}, literal{}, 0.5
	split := play(t, e, 1, source)[0]
	require.Zero(t, split.Solved)
	require.Equal(t, selfplay.Ratio{N: 8, Of: 8}, split.Gap())
	for _, a := range split.Attempts {
		require.Equal(t, 4, a.Public.Total+a.Private.Total)
		require.Equal(t, a.Public.Total, a.Public.Passed)
		require.Zero(t, a.Private.Passed)
	}
	require.Equal(t, split.Gap(), selfplay.Summarize([]*selfplay.Round{split}).All.ShownOnly)
}

package suite_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/sandboxtest"
	"github.com/selfplay-swe/ssr/suite"
)

// A bench is a runner over a fake: its script prints log, its parser is the
// Go function parse.
type bench struct {
	fake    *sandboxtest.Fake
	runner  *suite.Runner
	scripts atomic.Int64 // how often the script ran
	script  func(context.Context, *sandboxtest.Machine) (sandbox.Result, error)
	parse   func(*sandboxtest.Machine, sandbox.Cmd) string
}

func newBench(t *testing.T) *bench {
	b := &bench{}
	b.script = func(context.Context, *sandboxtest.Machine) (sandbox.Result, error) {
		return sandbox.Result{Output: []byte("ok a\n")}, nil
	}
	b.parse = func(*sandboxtest.Machine, sandbox.Cmd) string { return `{"a": "passed"}` }
	b.fake = &sandboxtest.Fake{Run: func(ctx context.Context, m *sandboxtest.Machine, cmd sandbox.Cmd) (sandbox.Result, error) {
		if strings.HasSuffix(cmd.Args[len(cmd.Args)-1], "test_script.sh") {
			b.scripts.Add(1)
			return b.script(ctx, m)
		}
		return sandbox.Result{Output: []byte(b.parse(m, cmd))}, nil
	}}
	b.runner = &suite.Runner{Provider: b.fake, Dir: t.TempDir()}
	t.Cleanup(func() { require.Zero(t, b.fake.Open(), "sandboxes left open") })
	return b
}

func request(t *testing.T, repetition int) suite.Request {
	tree, err := repo.NewTree(map[string]repo.File{"a.go": {Mode: repo.Regular, Data: []byte("package a\n")}})
	require.NoError(t, err)
	return suite.Request{
		Suite:      suite.Suite{Script: []byte("run"), Parser: []byte("#!/bin/sh\nparse"), Oracle: []string{"a.go"}},
		Tree:       tree,
		Repetition: repetition,
	}
}

// layer is a setup layer of the fake's.
func (b *bench) layer(t *testing.T) *sandbox.Layer {
	t.Helper()
	box, err := b.fake.New(t.Context(), sandbox.Spec{})
	require.NoError(t, err)
	layer, err := box.(sandbox.Freezer).Freeze(t.Context(), t.TempDir(), nil)
	require.NoError(t, err)
	require.NoError(t, box.Close())
	return layer
}

func (b *bench) run(t *testing.T, req suite.Request) *suite.Run {
	t.Helper()
	run, err := b.runner.Run(t.Context(), req)
	require.NoError(t, err)
	return run
}

// The script and the parser share nothing: the parser sees the log alone.
func TestParserIsAlone(t *testing.T) {
	b := newBench(t)
	b.runner.Setup = b.layer(t)
	b.script = func(_ context.Context, m *sandboxtest.Machine) (sandbox.Result, error) {
		require.Len(t, m.Spec.Files, 1)
		require.NotNil(t, m.Spec.Tree)
		require.NotNil(t, m.Spec.Setup)
		return sandbox.Result{Output: []byte("ok a\n"), Errors: []byte("warning\n")}, nil
	}
	b.parse = func(m *sandboxtest.Machine, cmd sandbox.Cmd) string {
		require.Len(t, m.Spec.Files, 1)
		require.Nil(t, m.Spec.Tree)
		require.Nil(t, m.Spec.Setup)
		require.Equal(t, "ok a\nwarning\n", string(cmd.Stdin))
		require.Contains(t, cmd.Args, "/bin/sh")
		return `{"a": "passed"}`
	}
	require.Nil(t, b.run(t, request(t, 0)).Problem)
}

// An oracle file that was written as it was is no edit; other bytes, another
// mode, or a folder that was removed with it are.
func TestOracleEdited(t *testing.T) {
	same := repo.File{Mode: repo.Regular, Data: []byte("package a\n")}
	for name, test := range map[string]struct {
		write  repo.File
		edited bool
	}{
		"touched": {same, false},
		"mode":    {repo.File{Mode: repo.Executable, Data: same.Data}, true},
		"bytes":   {repo.File{Mode: repo.Regular, Data: []byte("package b\n")}, true},
		"longer":  {repo.File{Mode: repo.Regular, Data: []byte("package aa\n")}, true},
		"a link":  {repo.File{Mode: repo.Symlink, Data: []byte("package a\n")}, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.script = func(_ context.Context, m *sandboxtest.Machine) (sandbox.Result, error) {
				return sandbox.Result{Output: []byte("ok a\n")}, m.Write("a.go", test.write)
			}
			run := b.run(t, request(t, 0))
			require.Equal(t, test.edited, run.Problem != nil)
			if test.edited {
				require.Equal(t, suite.OracleEdited, run.Problem.Kind)
				require.Contains(t, run.Problem.Text, "a.go")
			}
		})
	}
}

package main

import (
	"cmp"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/selfplay-swe/ssr/internal/machine"
)

func TestMain(m *testing.M) {
	testscript.Main(tidy{m}, map[string]func(){"ssr": main})
}

// tidy tests leave nothing behind that they share.
type tidy struct{ *testing.M }

func (m tidy) Run() int {
	status := m.M.Run()
	if dir := tableDir; dir != "" {
		os.RemoveAll(dir)
	}
	return status
}

// TestScripts runs the program as a person would. The scripts in
// testdata/script/use need no sandbox, the others do; those in play share the
// cache of the tables.
func TestScripts(t *testing.T) {
	t.Run("use", func(t *testing.T) { runScripts(t, "use", "") })
	t.Run("judge", func(t *testing.T) {
		machine.Provider(t)
		runScripts(t, "judge", "")
	})
	t.Run("play", func(t *testing.T) { runScripts(t, "play", filepath.Join(newTable(t).dir, ".cache")) })
}

// runScripts runs the scripts of a folder, with a cache of their own each where
// none is given.
func runScripts(t *testing.T, folder, cache string) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script", folder),
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CACHE_HOME", cmp.Or(cache, filepath.Join(env.WorkDir, ".cache")))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits runs a command that must end with the exit status that comes first, as
// in "exits 2 ssr verify".
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits status command [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

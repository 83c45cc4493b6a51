package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/machine"
)

// TestInterruptLeavesNothingBehind sends the signal of Ctrl-C while tests run.
func TestInterruptLeavesNothingBehind(t *testing.T) {
	machine.Provider(t)
	const seconds = "7654321" // tells our process from everybody's
	dir := t.TempDir()
	for name, text := range map[string]string{
		"repository/lib/one":        "1\n",
		"repository/lib/two":        "2\n",
		"repository/tests/all":      "x\n",
		"artifact/test_script.sh":   "sleep " + seconds + "\n",
		"artifact/test_parser.py":   "#!/bin/cat\n",
		"artifact/test_files.txt":   "tests/all\n",
		"artifact/bug_inject.diff":  replace("lib/one", "1", "3") + replace("lib/two", "2", "3"),
		"artifact/test_weaken.diff": replace("tests/all", "x", "y"),
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	cmd := exec.Command("ssr", "verify", "--repo", filepath.Join(dir, "repository"), "--cache", filepath.Join(dir, "cache"), filepath.Join(dir, "artifact"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Start())
	running := func() bool { return isRunning(t, "sleep\x00"+seconds+"\x00") }
	started := awaits(running)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	exit, ok := errors.AsType[*exec.ExitError](cmd.Wait())
	require.True(t, ok)
	require.True(t, started, stderr.String())
	require.Equal(t, statusInterrupted, exit.ExitCode(), stderr.String())
	require.Empty(t, stdout.String())
	require.Contains(t, stderr.String(), "ssr: interrupted\n")
	require.False(t, running(), "a command outlived the program")
}

// replace is a git diff of a file of one line.
func replace(path, old, new string) string {
	return "diff --git a/" + path + " b/" + path + "\n--- a/" + path + "\n+++ b/" + path + "\n@@ -1 +1 @@\n-" + old + "\n+" + new + "\n"
}

// awaits gives a slow machine a minute.
func awaits(condition func() bool) bool {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if condition() {
			return true
		}
	}
	return false
}

// isRunning says whether a process of this machine has the command line.
func isRunning(t *testing.T, commandLine string) bool {
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && string(text) == commandLine {
			return true
		}
	}
	return false
}

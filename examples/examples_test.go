// Package examples_test runs the examples as a reader would.
package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/sandbox"
)

const mux = "module:github.com/gorilla/mux@v1.8.1"

// TestExamples holds what each example prints against a pattern.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: plays on a real module for a minute")
	}
	needs(t)
	artifacts := t.TempDir()
	for _, name := range []string{"mux-removal", "mux-junk"} {
		require.NoError(t, os.CopyFS(filepath.Join(artifacts, name), os.DirFS(filepath.Join("..", "testdata", "artifacts", name))))
	}
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"play", []string{mux, filepath.Join(t.TempDir(), "play.db")}, `^round 1: consistent true, \d of 8 solved\nround 2: consistent true, \d of 8 solved\n$`},
		{"injector", []string{mux}, `^(round \d: (refused by [a-z-]+: .*|\d+ tests broken, \d of 4 solved)\n){2}$`},
		{"reward", []string{mux}, `^\d of 4 solved, the injector is paid [+-]\d\.\d{3}\n$`},
		{"verifyall", []string{mux, artifacts}, `^mux-junk: inverse-mutation: .*\nmux-removal: consistent, \d+ tests broken\n$`},
	} {
		t.Run(c.name, func(t *testing.T) {
			binary := filepath.Join(t.TempDir(), c.name)
			build, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./"+c.name).CombinedOutput()
			require.NoError(t, err, "%s", build)
			cmd := exec.CommandContext(t.Context(), binary, c.args...)
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			require.NoError(t, err)
			require.Regexp(t, regexp.MustCompile(c.want), string(out))
		})
	}
}

// needs skips where there is no sandbox, or no module. What the module's tests
// need is installed here, so that no example waits for it.
func needs(t *testing.T) {
	provider := machine.Provider(t)
	_, err := sandbox.Setup{}.Prepare(t.Context(), provider, machine.Open(t, provider, mux))
	require.NoError(t, err)
}

package local_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local"
)

// A Go that is installed in a folder nobody else may look into is found through
// the wrapper on the PATH, and works inside at the same place.
func TestToolchainInAPrivateFolder(t *testing.T) {
	home, err := os.UserHomeDir()
	require.NoError(t, err)
	for _, dir := range []string{home, "/tmp"} { // sandboxes have a /tmp of their own
		t.Run(dir, func(t *testing.T) { privateToolchain(t, dir) })
	}
}

func privateToolchain(t *testing.T, dir string) {
	machine.Provider(t) // or skip
	private, err := os.MkdirTemp(dir, "ssr-test-")
	require.NoError(t, err)
	defer os.RemoveAll(private)
	root := filepath.Join(private, "sdk", "go9")
	require.NoError(t, os.MkdirAll(filepath.Join(root, "bin"), 0o755))
	script := func(path, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755))
	}
	script(filepath.Join(private, "shims", "go"), "echo "+root+"; echo go9.9")
	script(filepath.Join(root, "bin", "go"), "echo go version go9.9 from $0")
	require.NoError(t, os.WriteFile(filepath.Join(private, "secret"), []byte("secret"), 0o600))
	require.NoError(t, os.Chmod(private, 0o700))
	t.Setenv("PATH", filepath.Join(private, "shims")+":"+os.Getenv("PATH"))

	p, err := local.New(local.Options{})
	require.NoError(t, err)
	require.Contains(t, p.Toolchains(), root)
	require.Contains(t, p.Identity(), "go9.9")
	s, err := p.New(t.Context(), sandbox.Spec{})
	require.NoError(t, err)
	defer s.Close()
	for range 2 {
		result, err := s.Run(t.Context(), sandbox.Cmd{Args: []string{"sh", "-c", "go version; ls " + private + "; ! touch " + root + "/x 2>/dev/null"}, Combine: true})
		require.NoError(t, err)
		require.Equal(t, "go version go9.9 from "+root+"/bin/go\nsdk\n", string(result.Output))
		require.True(t, result.OK(), "it is read-only")
		require.NoError(t, s.Reset(t.Context()))
	}
}

func TestToolchainThatIsNotThere(t *testing.T) {
	_, err := local.New(local.Options{Toolchains: []string{"/no/such/folder"}})
	require.ErrorContains(t, err, "toolchain /no/such/folder: there is no such folder")
}

func TestToolchainWhereSandboxesHaveTheirOwn(t *testing.T) {
	_, err := local.New(local.Options{Toolchains: []string{"/dev/shm"}})
	require.ErrorContains(t, err, "sandboxes have a /dev, /proc, /files of their own")
}

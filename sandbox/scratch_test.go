package sandbox

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// A folder whose process is gone is removed by who makes the next; one that is in
// use is not.
func TestScratchesOfKilledProcesses(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	killed, err := NewScratch()
	require.NoError(t, err)
	used, err := NewScratch()
	require.NoError(t, err)
	require.DirExists(t, killed.Path)

	require.NoError(t, killed.lock.Close()) // as the kernel does when a process ends
	next, err := NewScratch()
	require.NoError(t, err)
	require.NoDirExists(t, killed.Path)
	require.DirExists(t, used.Path)

	require.NoError(t, used.Remove())
	require.NoError(t, next.Remove())
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Empty(t, left)
}

// A process may be killed before its folder has its name.
func TestScratchesThatWereBegun(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	begun := func(name string) string { return filepath.Join(os.TempDir(), "new-ssr-scratch-"+name) }
	for _, name := range []string{"empty", "unlocked"} {
		require.NoError(t, os.Mkdir(begun(name), 0o700))
	}
	require.NoError(t, os.WriteFile(filepath.Join(begun("unlocked"), lockName), nil, 0o600))
	other, err := NewScratch()
	require.NoError(t, err)
	require.NoError(t, os.Rename(other.Path, begun("locked")))

	next, err := NewScratch()
	require.NoError(t, err)
	require.NoDirExists(t, begun("empty"))
	require.NoDirExists(t, begun("unlocked"))
	require.DirExists(t, begun("locked"))
	require.DirExists(t, next.Path)
}

// Those that make folders at once sweep each other's beginnings, and all get one.
func TestScratchesAtOnce(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				s, err := NewScratch()
				if err != nil {
					t.Error(err)
					return
				}
				if err := os.WriteFile(filepath.Join(s.Path, "mine"), nil, 0o600); err != nil {
					t.Error(err)
				}
				if err := s.Remove(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Empty(t, left)
}

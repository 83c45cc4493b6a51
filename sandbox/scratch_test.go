package sandbox

import (
	"os"
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

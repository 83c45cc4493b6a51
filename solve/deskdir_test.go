package solve

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// A folder whose process is gone is removed by who makes the next; one that is in
// use is not.
func TestDesksOfKilledProcesses(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	killed, err := newDeskDir()
	require.NoError(t, err)
	used, err := newDeskDir()
	require.NoError(t, err)
	require.DirExists(t, killed.path)

	require.NoError(t, killed.lock.Close()) // as the kernel does when a process ends
	next, err := newDeskDir()
	require.NoError(t, err)
	require.NoDirExists(t, killed.path)
	require.DirExists(t, used.path)

	require.NoError(t, used.remove())
	require.NoError(t, next.remove())
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Empty(t, left)
}

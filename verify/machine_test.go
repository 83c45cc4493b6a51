package verify_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/repo"
)

// open makes a snapshot of a folder.
func open(t testing.TB, dir string) *repo.Snapshot {
	t.Helper()
	snapshot, err := repo.Open(t.Context(), dir, repo.Options{Cache: filepath.Join(filepath.Dir(dir), "cache")})
	require.NoError(t, err)
	return snapshot
}

// leavesNothing fails the test when what judge does leaves a temporary file, a
// process or a mount behind.
func leavesNothing(t *testing.T, judge func()) {
	t.Helper()
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	mounts := machine.Mounts(t)
	judge()
	require.Empty(t, listed(t, temp), "temporary files")
	require.Equal(t, mounts, machine.Mounts(t), "mounts")
	threads, err := filepath.Glob("/proc/self/task/*/children")
	require.NoError(t, err)
	for _, thread := range threads {
		if children, err := os.ReadFile(thread); err == nil {
			require.Empty(t, string(children), "processes")
		}
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}

// listed lists the files below dir.
func listed(t testing.TB, dir string) []string {
	t.Helper()
	var paths []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if path != dir {
			paths = append(paths, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	}))
	return paths
}

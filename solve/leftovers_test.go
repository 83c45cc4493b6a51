package solve

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/repo"
)

// What was made from a file that differs now goes, and so does what the repository
// does not have; its other files stay, whatever they are called.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "__pycache__"), 0o777))
	for _, name := range []string{"a.py", "a.py.orig", "b.py", "merge.rej", "__pycache__/a.cpython-311.pyc", "__pycache__/b.cpython-311.pyc"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o666))
	}
	snapshot, err := repo.Open(t.Context(), dir, repo.Options{Cache: t.TempDir()})
	require.NoError(t, err)
	text := &repo.File{Mode: repo.Regular, Data: []byte("new")}
	tree, err := snapshot.Tree.With(map[string]*repo.File{"a.py": text, "b.py.orig": text, "x.pyc": text, ".coverage": text, "c.py": text})
	require.NoError(t, err)
	clean, err := withoutLeftovers(tree, snapshot.Tree)
	require.NoError(t, err)
	require.Equal(t, []string{"__pycache__/b.cpython-311.pyc", "a.py", "b.py", "c.py", "merge.rej"}, slices.Collect(clean.Paths()))
}

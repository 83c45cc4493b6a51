package repo_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/repo"
)

func TestVanished(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"a/b/one", "a/b/two", "a/c", "a/d/x", "top", "z/1", "z.txt"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, path), []byte(path), 0o644))
	}
	snapshot, err := repo.Open(t.Context(), dir, repo.Options{Cache: t.TempDir()})
	require.NoError(t, err)
	file := &repo.File{Mode: repo.Regular, Data: []byte("new")}
	for _, test := range []struct {
		name    string
		changes map[string]*repo.File
		want    []string
	}{
		{"nothing", nil, nil},
		{"a file", map[string]*repo.File{"a/b/one": nil}, []string{"a/b/one"}},
		{"a folder", map[string]*repo.File{"a/b/one": nil, "a/b/two": nil}, []string{"a/b"}},
		{"all of a folder's folders", map[string]*repo.File{"a/b/one": nil, "a/b/two": nil, "a/c": nil, "a/d/x": nil}, []string{"a"}},
		{"a folder with something new in it", map[string]*repo.File{"z/1": nil, "z/2": file}, []string{"z/1"}},
		{"a file that became a folder", map[string]*repo.File{"top": nil, "top/x": file}, nil},
		{"a folder that became a file", map[string]*repo.File{"z/1": nil, "z": file}, nil},
		{"a name that begins like a folder", map[string]*repo.File{"z/1": nil, "z.txt": nil}, []string{"z.txt", "z"}},
	} {
		tree, err := snapshot.Tree.With(test.changes)
		require.NoError(t, err, test.name)
		require.ElementsMatch(t, test.want, tree.Vanished(), test.name)
	}
}

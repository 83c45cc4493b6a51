package repo

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// writeFiles writes files, by path, into dir. A content that starts with "-> "
// is a symlink, one with "#!" is executable.
func writeFiles(tb testing.TB, dir string, files map[string]string) {
	tb.Helper()
	for name, content := range files {
		name = filepath.Join(dir, name)
		require.NoError(tb, os.MkdirAll(filepath.Dir(name), 0o755))
		_ = os.Remove(name)
		switch {
		case len(content) > 3 && content[:3] == "-> ":
			require.NoError(tb, os.Symlink(content[3:], name))
		case len(content) > 2 && content[:2] == "#!":
			require.NoError(tb, os.WriteFile(name, []byte(content), 0o755))
		default:
			require.NoError(tb, os.WriteFile(name, []byte(content), 0o644))
		}
	}
}

// makeFolder makes a folder of files.
func makeFolder(tb testing.TB, files map[string]string) string {
	tb.Helper()
	dir := tb.TempDir()
	writeFiles(tb, dir, files)
	return dir
}

// open opens a source in a cache of its own.
func open(tb testing.TB, source string, opts Options) *Snapshot {
	tb.Helper()
	if opts.Cache == "" {
		opts.Cache = tb.TempDir()
	}
	s, err := Open(tb.Context(), source, opts)
	require.NoError(tb, err)
	return s
}

// list is a tree as text: mode, path and content of every file.
func list(tb testing.TB, tree *Tree) []string {
	tb.Helper()
	var lines []string
	for path := range tree.Paths() {
		file, err := tree.Read(path)
		require.NoError(tb, err)
		mode, ok := tree.Mode(path)
		require.True(tb, ok)
		require.Equal(tb, file.Mode, mode)
		lines = append(lines, fmt.Sprintf("%o %s %q", file.Mode, path, file.Data))
	}
	return lines
}

// manyFiles is a repository of n files in about n/20 folders, like a real one.
func manyFiles(n int) map[string]string {
	files := make(map[string]string, n)
	for i := range n {
		name := fmt.Sprintf("pkg%02d/sub%03d/file%05d.go", i%25, i%500, i)
		var text strings.Builder
		fmt.Fprintf(&text, "package sub%d\n\n// File %d of many.\n", i%500, i)
		for j := range 40 + i%60 {
			fmt.Fprintf(&text, "func f%d_%d(x int) int { return x*%d + %d }\n", i, j, j*i%97, j)
		}
		files[name] = text.String()
	}
	return files
}

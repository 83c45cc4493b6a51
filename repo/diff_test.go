package repo

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var diffFiles = map[string]string{
	"a": "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n", "no-newline": "x\ny", "crlf": "a\r\nb\r\n", "empty": "", "run": "#!/bin/sh\n", "link": "-> a",
	"with space": "s\n", "tab\there": "t\n", "new\nline": "n\n", "quote\"back\\slash": "q\n", "ünïcode": "u\n", "latin-\xe9": "l\n", "dir/sub/file": "d\n",
	"binary": "\x00\x01\x02", "-dash": "d\n", "cr-only": "a\rb\rc", "dir/other": "o\n",
}

func TestDiffAppliesWithGit(t *testing.T) {
	s := open(t, makeFolder(t, diffFiles), Options{})
	snapshot := s.Tree
	for name, changes := range map[string]map[string]*File{
		"text":             {"a": text("1\n2\nthree\n4\n5\n6\n7\n8\n9\n10\n11\n12\nmore\n")},
		"no final newline": {"a": text("1\n2"), "no-newline": text("x\ny\n")},
		"still none":       {"no-newline": text("z\ny")},
		"crlf":             {"crlf": text("a\r\nB\r\n"), "cr-only": text("a\rB\rc")},
		"emptied":          {"a": text(""), "empty": text("now\n")},
		"new":              {"new file": text("x\n"), "deep/er/file": text("y"), "new-empty": text("")},
		"deleted":          {"a": nil, "empty": nil, "binary": nil, "link": nil, "with space": nil, "dir/sub/file": nil},
		"mode":             {"a": {Executable, []byte(diffFiles["a"])}, "run": {Regular, []byte("other\n")}, "empty": {Executable, nil}},
		"names":            {"with space": text("S\n"), "tab\there": text("T\n"), "new\nline": text("N\n"), "quote\"back\\slash": text("Q\n"), "ünïcode": text("U\n"), "latin-\xe9": text("L\n"), "-dash": text("D\n")},
		"symlinks":         {"link": {Symlink, []byte("b")}, "new-link": {Symlink, []byte("with space\nand line")}, "a": {Symlink, []byte("x")}},
		"link to file":     {"link": text("a")},
		"binary":           {"binary": text("\x00\xff\x00"), "a": text("now\x00binary"), "new-binary": text(strings.Repeat("\x00\x01random", 1000))},
		"late NUL":         {"a": text(strings.Repeat("line\n", 5000) + "\x00\n")},
		"file for folder":  {"dir/sub/file": nil, "dir/sub": text("file\n")},
		"file for folders": {"dir/sub/file": nil, "dir/other": nil, "dir": {Symlink, []byte("a")}},
		"folder for file":  {"a": nil, "a/b": text("x\n")},
		"like a diff":      {"a": text("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-1\n+2\n\\ No newline at end of file\ndiff --git a/a b/a\n")},
		"not text":         {"a": text("\xff\xfe\n\x1b[0m\n")},
		"nothing":          {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := change(t, snapshot, changes)
			other := change(t, snapshot, map[string]*File{"a": text("another\n"), "only-here": text("x\n")})
			for _, pair := range [][2]*Tree{{snapshot, changed}, {changed, snapshot}, {other, changed}, {changed, other}} {
				checkDiff(t, pair[0], pair[1])
			}
		})
	}
}

// checkDiff has git apply the diff, and undo it.
func checkDiff(t *testing.T, from, to *Tree) {
	t.Helper()
	patch, err := Diff(from, to)
	require.NoError(t, err)
	if len(patch) == 0 {
		require.Equal(t, list(t, from), list(t, to))
		return
	}
	dir := unpackTree(t, from)
	git(t, dir, "init", "-q")
	gitWithInput(t, dir, patch, "apply", "--whitespace=nowarn", "-")
	require.Equal(t, list(t, to), onDisk(t, dir), "%s", patch)
	gitWithInput(t, dir, patch, "apply", "--whitespace=nowarn", "-R", "-")
	require.Equal(t, list(t, from), onDisk(t, dir), "%s", patch)
}

// onDisk is a folder as list shows a tree.
func onDisk(tb testing.TB, dir string) []string {
	tb.Helper()
	root, err := os.OpenRoot(dir)
	require.NoError(tb, err)
	defer root.Close()
	files := map[string]File{}
	require.NoError(tb, walkFolder(root, "", walker{visit: func(file diskFile) error {
		if file.gitDir {
			return nil
		}
		return file.open(root, func(path string, mode Mode, _ int64, content io.Reader) error {
			data, err := io.ReadAll(content)
			files[path] = File{mode, data}
			return err
		})
	}}))
	return list(tb, mustTree(tb, files))
}

func TestDiffIsGitsOwn(t *testing.T) {
	dir := makeRepo(t, diffFiles)
	tree := open(t, dir, Options{}).Tree
	changes := map[string]string{"a": "1\n2\nthree\n4\n5\n6\n7\n8\n9\n10\n11\n12\nmore", "with space": "S\n", "ünïcode": "U\n", "new": "n\n", "crlf": "a\r\nB\r\n", "empty": "x"}
	files := map[string]*File{"dir/other": nil}
	for path, content := range changes {
		files[path] = text(content)
	}
	got, err := Diff(tree, change(t, tree, files))
	require.NoError(t, err)
	commit(t, dir, changes)
	require.NoError(t, os.Remove(dir+"/dir/other"))
	commit(t, dir, nil)
	require.Equal(t, git(t, dir, "diff", "--full-index", "--no-renames", "HEAD~2", "HEAD"), short(string(got)))
}

// short drops the counts of one that git leaves out of hunk headers.
func short(diff string) string {
	var out strings.Builder
	for line := range strings.Lines(diff) {
		if strings.HasPrefix(line, "@@ ") {
			line = strings.ReplaceAll(line, ",1 ", " ")
		}
		out.WriteString(line)
	}
	return out.String()
}

func TestDiffOfOtherSnapshots(t *testing.T) {
	a, b := open(t, makeFolder(t, map[string]string{"a": "1"}), Options{}), open(t, makeFolder(t, map[string]string{"a": "2"}), Options{})
	_, err := Diff(a.Tree, b.Tree)
	require.ErrorContains(t, err, "not of one snapshot")
}

// Random trees of few lines, so that lines repeat.
func TestDiffOfRandomTrees(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	lines := []string{"a\n", "b\n", "\n", "}\n", "c\r\n", "\\ No newline at end of file\n", "-\n", "+x\n", "@@ -1 +1 @@\n", "last"}
	content := func() string {
		var out strings.Builder
		for range random.IntN(30) {
			out.WriteString(lines[random.IntN(len(lines))])
		}
		return out.String()
	}
	for range 10 {
		files := map[string]File{}
		changes := map[string]*File{}
		for i := range 40 {
			name := fmt.Sprintf("f %d", i)
			files[name] = File{Regular, []byte(content())}
			changes[name] = []*File{nil, text(content()), {Executable, []byte(content())}}[random.IntN(3)]
		}
		from := mustTree(t, files)
		checkDiff(t, from, change(t, from, changes))
	}
}

func FuzzDiff(f *testing.F) {
	f.Add([]byte("a\nb\n"), []byte("a\nc\n"))
	f.Add([]byte(""), []byte("\x00"))
	f.Add([]byte("a\r\nb"), []byte("a\nb\n"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		tree := mustTree(t, map[string]File{"f": {Regular, a}})
		next := change(t, tree, map[string]*File{"f": {Regular, b}})
		patch, err := Diff(tree, next)
		require.NoError(t, err)
		require.Equal(t, bytes.Equal(a, b), len(patch) == 0)
		require.Equal(t, b, applyWithGitdiff(t, patch, a, b))
	})
}

func BenchmarkDiff(b *testing.B) {
	dir := makeRepo(b, manyFiles(10_000))
	s := open(b, dir, Options{})
	changes, n := map[string]*File{}, 0
	for path := range s.Tree.Paths() {
		if n++; n%500 != 0 {
			continue
		}
		file, err := s.Tree.Read(path)
		require.NoError(b, err)
		changes[path] = &File{file.Mode, bytes.Replace(file.Data, []byte("return"), []byte("return 1 +"), 3)}
		require.NoError(b, os.WriteFile(dir+"/"+path, changes[path].Data, 0o644))
	}
	tree := change(b, s.Tree, changes)
	b.Run("ssr", func(b *testing.B) {
		for b.Loop() {
			_, err := Diff(s.Tree, tree)
			require.NoError(b, err)
		}
	})
	b.Run("git", func(b *testing.B) {
		for b.Loop() {
			git(b, dir, "diff", "--binary")
		}
	})
}

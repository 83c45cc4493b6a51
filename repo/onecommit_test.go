package repo

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// unpackTree writes a tree as a sandbox would: changed files at their FileTime.
func unpackTree(tb testing.TB, tree *Tree) string {
	tb.Helper()
	dir := tb.TempDir()
	for path := range tree.Paths() {
		file, err := tree.Read(path)
		require.NoError(tb, err)
		name := filepath.Join(dir, path)
		require.NoError(tb, os.MkdirAll(filepath.Dir(name), 0o755))
		if file.Mode == Symlink {
			require.NoError(tb, os.Symlink(string(file.Data), name))
		} else {
			require.NoError(tb, os.WriteFile(name, file.Data, os.FileMode(file.Mode&0o777)))
		}
		at := time.Unix(baseTime, 0)
		if changed, ok := tree.changes[path]; ok {
			at = FileTime(*changed)
		}
		require.NoError(tb, unix.Lutimes(name, []unix.Timeval{{Sec: at.Unix()}, {Sec: at.Unix()}}))
	}
	return dir
}

func change(tb testing.TB, tree *Tree, changes map[string]*File) *Tree {
	tb.Helper()
	next, err := tree.With(changes)
	require.NoError(tb, err)
	return next
}

func text(s string) *File { return &File{Regular, []byte(s)} }

func TestOneCommit(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 1<<16)
	s := open(t, makeFolder(t, map[string]string{
		"a": "secret of the original\n", "dir/b": "b", "dir/sub/c": "c", "dir/sub/gone": "only in the original", "other/d": "d", "copy-of-d": "d",
		"empty": "", "run": "#!x", "link": "-> a", "new\nline": "n", "x\xff": "y", "a-b": "1", "a.b": "2", "ab/c": "3", "big": big, strings.Repeat("n", 250) + "/" + strings.Repeat("m", 250): "long",
	}), Options{})
	binary := strings.Repeat("\x00\xff", 5000)
	for name, tree := range map[string]*Tree{
		"snapshot": s.Tree,
		"changed": change(t, s.Tree, map[string]*File{
			"a": text("broken\n"), "dir/sub/gone": nil, "new/file": {Executable, []byte(binary)}, "newlink": {Symlink, []byte("/x")}, "run": {Regular, []byte("#!x")}, "new-empty": text(""), "link": text("a"),
		}),
		"file for folder":    change(t, s.Tree, map[string]*File{"dir/b": nil, "dir/sub/c": nil, "dir/sub/gone": nil, "dir": text("file")}),
		"folder for file":    change(t, s.Tree, map[string]*File{"a": nil, "a/b": text("file")}),
		"without a snapshot": mustTree(t, map[string]File{"x/y": {Regular, []byte("1")}, "x/z": {Regular, []byte("1")}}),
		"a 100 MB file":      change(t, s.Tree, map[string]*File{"huge": {Regular, bytes.Repeat([]byte("large\x00\n"), 100<<20/7)}}),
		"nothing":            new(Tree),
	} {
		t.Run(name, func(t *testing.T) {
			work := unpackTree(t, tree)
			require.NoError(t, OneCommit(t.Context(), tree, work+"/.git"))
			require.Empty(t, git(t, work, "fsck", "--full", "--strict"))
			require.Equal(t, "2001-01-01T00:00:00+00:00 ssr <ssr@localhost> Initial commit\n", git(t, work, "log", "--all", "--format=%aI %an <%ae> %s"))
			require.Empty(t, git(t, work, "status", "--porcelain"))
			require.Equal(t, wantedObjects(t, work), strings.Fields(git(t, work, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")))
			require.Equal(t, slices.Collect(tree.Paths()), splitNUL(git(t, work, "ls-tree", "-r", "-z", "--name-only", "HEAD")))
			require.Empty(t, git(t, work, "diff-index", "HEAD"), "by the index alone")

			// What git itself makes of these files is the same tree.
			own := strings.TrimSpace(git(t, work, "rev-parse", "HEAD^{tree}"))
			require.NoError(t, os.RemoveAll(work+"/.git"))
			git(t, work, "init", "-q")
			git(t, work, "add", "-A", "-f")
			require.Equal(t, strings.TrimSpace(git(t, work, "write-tree")), own)
		})
	}
}

func mustTree(tb testing.TB, files map[string]File) *Tree {
	tb.Helper()
	tree, err := NewTree(files)
	require.NoError(tb, err)
	return tree
}

func splitNUL(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\x00"), "\x00")
}

// wantedObjects lists what can be reached from HEAD, sorted.
func wantedObjects(tb testing.TB, dir string) []string {
	var hashes []string
	for line := range strings.Lines(git(tb, dir, "rev-list", "--objects", "--no-object-names", "HEAD")) {
		hashes = append(hashes, strings.TrimSpace(line))
	}
	slices.Sort(hashes)
	return slices.Compact(hashes)
}

// A wrong time in the index would make git read every file; a right time with
// wrong content would hide a change.
func TestOneCommitIndexIsBelieved(t *testing.T) {
	s := open(t, makeFolder(t, map[string]string{"a": "1", "b": "2"}), Options{})
	tree := change(t, s.Tree, map[string]*File{"b": text("3")})
	work := unpackTree(t, tree)
	require.NoError(t, OneCommit(t.Context(), tree, work+"/.git"))
	require.Empty(t, git(t, work, "diff-files"), "diff-files goes by the index's times alone")
	require.NoError(t, os.WriteFile(work+"/a", []byte("X"), 0o644))
	require.Equal(t, " M a\n", git(t, work, "status", "--porcelain"))
	git(t, work, "commit", "-q", "-am", "a solver's own")
	require.Empty(t, git(t, work, "fsck", "--full"))
}

func TestOneCommitIsTheSameEveryTime(t *testing.T) {
	s := open(t, makeFolder(t, map[string]string{"a": "1", "b/c": "2"}), Options{})
	tree := change(t, s.Tree, map[string]*File{"b/c": text("3"), "d": text("4")})
	first, second := t.TempDir(), t.TempDir()
	require.NoError(t, OneCommit(t.Context(), tree, first))
	require.NoError(t, OneCommit(t.Context(), tree, second))
	require.Equal(t, contents(t, first), contents(t, second))
}

func contents(tb testing.TB, dir string) map[string]string {
	files := map[string]string{}
	require.NoError(tb, filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			data, err := os.ReadFile(name)
			files[strings.TrimPrefix(name, dir)] = fmt.Sprintf("%x", sha256.Sum256(data))
			return err
		}
		return err
	}))
	return files
}

func TestOneCommitRefuses(t *testing.T) {
	tree := mustTree(t, map[string]File{"a": {Regular, nil}})
	dir := t.TempDir()
	require.NoError(t, OneCommit(t.Context(), tree, dir))
	require.ErrorContains(t, OneCommit(t.Context(), tree, dir), dir+" is not empty")

	s := open(t, makeFolder(t, map[string]string{"a": "1"}), Options{})
	require.NoError(t, OneCommit(t.Context(), s.Tree, t.TempDir()))
	data, err := os.ReadFile(s.Dir + "/objects")
	require.NoError(t, err)
	for name, broken := range map[string][]byte{"cut short": data[:len(data)-1], "its table was changed": flip(data, len(data)-footerSize-1), "was changed: remove that file": flip(data, 3)} {
		require.NoError(t, os.WriteFile(s.Dir+"/objects", broken, 0o644))
		again := &Tree{base: &base{key: s.Key, dir: s.Tree.base.dir, root: s.Tree.base.root, entries: s.Tree.base.entries}}
		require.ErrorContains(t, OneCommit(t.Context(), again, t.TempDir()), name)
	}
}

// Nobody has published two git blobs of one SHA-1, so the manifest is forged.
func TestOneCommitRefusesCollisions(t *testing.T) {
	tree := &Tree{base: &base{entries: []entry{{path: "a", mode: Regular, sum: [32]byte{1}}, {path: "b", mode: Regular, sum: [32]byte{2}}}}}
	_, err := collect(tree, &objects{list: make([]packed, 1), index: map[hash]int{{}: 0}})
	require.ErrorContains(t, err, `"b" and another file differ but have the same SHA-1, 0000`)
}

func flip(data []byte, at int) []byte {
	data = bytes.Clone(data)
	data[at] ^= 1
	return data
}

func TestFileTime(t *testing.T) {
	a := FileTime(File{Regular, []byte("a")})
	require.Equal(t, a, FileTime(File{Regular, []byte("a")}))
	require.NotEqual(t, a, FileTime(File{Executable, []byte("a")}))
	require.NotEqual(t, a, FileTime(File{Regular, []byte("b")}))
	for i := range 1000 {
		at := FileTime(File{Regular, fmt.Append(nil, i)})
		require.True(t, at.Year() >= 2003 && at.Year() <= 2022, at)
	}
}

// What the solver's repository of a tree of 10,000 files costs, 20 of them
// changed, against the ways git and go-git have.
func BenchmarkOneCommit(b *testing.B) {
	dir := makeRepo(b, manyFiles(10_000))
	s := open(b, dir, Options{})
	changes := map[string]*File{}
	for path := range s.Tree.Paths() {
		if len(changes) == 20 {
			break
		}
		changes[path] = text("changed\n")
	}
	tree := change(b, s.Tree, changes)
	require.NoError(b, OneCommit(b.Context(), tree, b.TempDir())) // prepares
	b.Run("ssr", func(b *testing.B) {
		out := b.TempDir()
		for i := 0; b.Loop(); i++ {
			require.NoError(b, OneCommit(b.Context(), tree, fmt.Sprintf("%s/%d", out, i)))
		}
	})
	work := unpackTree(b, tree)
	b.Run("git", func(b *testing.B) {
		for b.Loop() {
			git(b, work, "init", "-q")
			git(b, work, "add", "-A")
			git(b, work, "-c", "gc.auto=0", "commit", "-q", "-m", "x")
			require.NoError(b, os.RemoveAll(work+"/.git"))
		}
	})
	b.Run("git-clone-gc", func(b *testing.B) {
		out := b.TempDir()
		for i := 0; b.Loop(); i++ {
			clone := fmt.Sprintf("%s/%d", out, i)
			git(b, "", "clone", "-q", "--depth=1", "--no-checkout", "file://"+dir, clone)
			git(b, clone, "read-tree", "HEAD")
			for path, file := range changes {
				blob := strings.TrimSpace(gitWithInput(b, clone, file.Data, "hash-object", "-w", "--stdin"))
				git(b, clone, "update-index", "--cacheinfo", "100644,"+blob+","+path)
			}
			head := strings.TrimSpace(git(b, clone, "commit-tree", "-m", "x", strings.TrimSpace(git(b, clone, "write-tree"))))
			git(b, clone, "update-ref", "refs/heads/main", head)
			git(b, clone, "remote", "remove", "origin")
			git(b, clone, "reflog", "expire", "--expire=now", "--all")
			git(b, clone, "gc", "-q", "--prune=now")
		}
	})
	b.Run("go-git", func(b *testing.B) {
		for b.Loop() {
			r, err := gogit.PlainInit(work, false)
			require.NoError(b, err)
			w, err := r.Worktree()
			require.NoError(b, err)
			require.NoError(b, w.AddWithOptions(&gogit.AddOptions{All: true, SkipStatus: false}))
			_, err = w.Commit("x", &gogit.CommitOptions{Author: &object.Signature{Name: "x", Email: "x", When: time.Now()}})
			require.NoError(b, err)
			require.NoError(b, os.RemoveAll(work+"/.git"))
		}
	})
}

package repo

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every rule holds over a snapshot and without one.
func overBoth(t *testing.T, files map[string]string, test func(t *testing.T, tree *Tree)) {
	t.Run("snapshot", func(t *testing.T) { test(t, open(t, makeFolder(t, files), Options{}).Tree) })
	t.Run("memory", func(t *testing.T) {
		made := map[string]File{}
		for path, content := range files {
			made[path] = File{Regular, []byte(content)}
		}
		test(t, mustTree(t, made))
	})
}

func TestTreeWith(t *testing.T) {
	files := map[string]string{"a": "1", "dir/b": "2", "dir/sub/c": "3", "dir-x": "4", "dir.y": "5"}
	for name, test := range map[string]struct {
		changes map[string]*File
		want    []string // paths; nil: refused
		refusal string
	}{
		"nothing":                    {nil, []string{"a", "dir-x", "dir.y", "dir/b", "dir/sub/c"}, ""},
		"new, changed and deleted":   {map[string]*File{"a": nil, "b": text("new"), "dir/b": text("x")}, []string{"b", "dir-x", "dir.y", "dir/b", "dir/sub/c"}, ""},
		"delete what is not there":   {map[string]*File{"zzz": nil, "a/b": nil, "dir": nil}, []string{"a", "dir-x", "dir.y", "dir/b", "dir/sub/c"}, ""},
		"everything deleted":         {map[string]*File{"a": nil, "dir/b": nil, "dir/sub/c": nil, "dir-x": nil, "dir.y": nil}, []string{}, ""},
		"file becomes folder":        {map[string]*File{"a": nil, "a/x/y": text("")}, []string{"a/x/y", "dir-x", "dir.y", "dir/b", "dir/sub/c"}, ""},
		"folder becomes file":        {map[string]*File{"dir/b": nil, "dir/sub/c": nil, "dir": text("")}, []string{"a", "dir", "dir-x", "dir.y"}, ""},
		"below a file":               {map[string]*File{"a/b": text("")}, nil, `"a/b" cannot be a file: "a" is a file, not a folder`},
		"far below a file":           {map[string]*File{"a/b/c/d": text("")}, nil, `"a/b/c/d" cannot be a file: "a" is a file`},
		"below a symlink":            {map[string]*File{"l": {Symlink, []byte("dir")}, "l/b": text("")}, nil, `"l" cannot be a file: it is a folder`},
		"where a folder is":          {map[string]*File{"dir": text("")}, nil, `"dir" cannot be a file: it is a folder, with "dir/b" in it`},
		"where some folder is left":  {map[string]*File{"dir": text(""), "dir/b": nil}, nil, `"dir" cannot be a file: it is a folder, with "dir/sub/c" in it`},
		"where a new folder is":      {map[string]*File{"n": text(""), "n/x": text("")}, nil, `cannot be a file`},
		"no mode":                    {map[string]*File{"n": {0, nil}}, nil, `"n": mode 0 is none of 100644, 100755 and 120000`},
		"a folder's mode":            {map[string]*File{"n": {0o40000, nil}}, nil, `"n": mode 40000 is none of`},
		"a submodule's mode":         {map[string]*File{"n": {0o160000, nil}}, nil, `"n": mode 160000 is none of`},
		"setuid":                     {map[string]*File{"n": {0o104755, nil}}, nil, `mode 104755`},
		"symlink without target":     {map[string]*File{"n": {Symlink, nil}}, nil, `"n": the symlink has no target`},
		"symlink with NUL":           {map[string]*File{"n": {Symlink, []byte("a\x00")}}, nil, `the symlink's target has a NUL byte`},
		"symlink with a long target": {map[string]*File{"n": {Symlink, []byte(strings.Repeat("a", 4096))}}, nil, `at most 4095`},
		"not a path":                 {map[string]*File{"../n": text("")}, nil, `leaves the tree`},
		"not a path to delete":       {map[string]*File{".git/config": nil}, nil, `is git's own`},
	} {
		t.Run(name, func(t *testing.T) {
			overBoth(t, files, func(t *testing.T, tree *Tree) {
				before := list(t, tree)
				for range 5 { // maps have no order
					next, err := tree.With(test.changes)
					require.Equal(t, before, list(t, tree), "the old tree stays")
					if test.want == nil {
						require.ErrorContains(t, err, test.refusal)
						require.Nil(t, next)
						continue
					}
					require.NoError(t, err)
					require.Equal(t, test.want, append([]string{}, slices.Collect(next.Paths())...))
				}
			})
		})
	}
}

func TestTreeBackToItself(t *testing.T) {
	tree := open(t, makeFolder(t, map[string]string{"a": "1", "b": "2"}), Options{}).Tree
	changed := change(t, tree, map[string]*File{"a": text("x"), "b": nil, "c": text("y")})
	require.Equal(t, []Change{{"a", text("x")}, {"b", nil}, {"c", text("y")}}, changed.Changes())
	require.NotEqual(t, tree.Key(), changed.Key())
	back := change(t, changed, map[string]*File{"a": text("1"), "b": text("2"), "c": nil})
	require.Empty(t, back.Changes())
	require.Equal(t, tree.Key(), back.Key())
	require.NotEqual(t, tree.Key(), change(t, tree, map[string]*File{"a": {Executable, []byte("1")}}).Key())
}

func TestTreeKeepsItsFiles(t *testing.T) {
	file := text("1")
	tree := change(t, new(Tree), map[string]*File{"a": file})
	file.Mode = 0
	require.Equal(t, []string{`100644 a "1"`}, list(t, tree))
}

func TestTreeReadMissing(t *testing.T) {
	overBoth(t, map[string]string{"a/b": "1"}, func(t *testing.T, tree *Tree) {
		tree = change(t, tree, map[string]*File{"gone": text("")})
		tree = change(t, tree, map[string]*File{"gone": nil})
		for _, path := range []string{"gone", "a", "a/b/c", "x", "", "../etc/passwd", "/etc/passwd"} {
			_, err := tree.Read(path)
			require.ErrorIs(t, err, fs.ErrNotExist, path)
			_, ok := tree.Mode(path)
			require.False(t, ok)
		}
	})
}

// Somebody who writes into the cache gets an error, not other results.
func TestSnapshotWasChanged(t *testing.T) {
	cache, dir := t.TempDir(), makeFolder(t, map[string]string{"a": "1", "b": "2"})
	s := open(t, dir, Options{Cache: cache})
	require.NoError(t, os.WriteFile(s.Tree.Dir()+"/a", []byte("X"), 0o644))
	_, err := s.Tree.Read("a")
	require.ErrorContains(t, err, `"a" was changed in the cache: remove `+s.Dir)
	require.Error(t, OneCommit(t.Context(), change(t, s.Tree, map[string]*File{"b": nil}), t.TempDir()))
	manifest, err := os.ReadFile(s.Dir + "/manifest")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(s.Dir+"/manifest", []byte(strings.Replace(string(manifest), "100644", "100755", 1)), 0o644))
	_, err = Open(t.Context(), dir, Options{Cache: cache})
	require.ErrorContains(t, err, "it was changed since it was written")
}

// Random changes, against a map.
func TestTreeIsAMap(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	files := map[string]string{}
	for i := range 30 {
		files[fmt.Sprintf("d%d/f%d", i%4, i)] = fmt.Sprint(i)
	}
	overBoth(t, files, func(t *testing.T, tree *Tree) {
		want := maps.Clone(files)
		for range 50 {
			changes := map[string]*File{}
			for range random.IntN(6) {
				path := fmt.Sprintf("d%d/f%d", random.IntN(4), random.IntN(40))
				if random.IntN(3) == 0 {
					changes[path] = nil
					delete(want, path)
				} else {
					content := fmt.Sprint(random.IntN(5))
					changes[path] = text(content)
					want[path] = content
				}
			}
			tree = change(t, tree, changes)
			require.Equal(t, slices.Sorted(maps.Keys(want)), slices.Collect(tree.Paths()))
			for path, content := range want {
				file, err := tree.Read(path)
				require.NoError(t, err)
				require.Equal(t, content, string(file.Data))
			}
		}
	})
}

func TestCheckPath(t *testing.T) {
	for _, path := range []string{"a", "a/b", ".gitignore", "a b", "-x", "\xff", "a\nb", "..a", "...", ".github/x", "git", strings.Repeat("n", 255)} {
		require.NoError(t, CheckPath(path), path)
	}
	for path, want := range map[string]string{
		"":                                      "a path is empty",
		"/a":                                    "is absolute",
		"a\x00":                                 "has a NUL byte",
		"..":                                    "leaves the tree",
		"a/../b":                                "leaves the tree",
		"./a":                                   "is not clean",
		"a//b":                                  "is not clean",
		"a/":                                    "is not clean",
		".git":                                  "is git's own",
		"a/.GiT/hooks/x":                        "is git's own",
		strings.Repeat("n", 256):                "has a name of 256 bytes",
		strings.Repeat("nnnnnnnnn/", 400) + "x": "at most 3800 are possible",
	} {
		require.ErrorContains(t, CheckPath(path), want)
	}
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(manifestHeader))
	f.Add(encodeManifest([]entry{{path: "a b\n", mode: Regular, size: 3}, {path: "c", mode: Symlink, size: 1}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := decodeManifest(data)
		if err != nil {
			return
		}
		again, err := decodeManifest(encodeManifest(entries))
		require.NoError(t, err)
		require.Equal(t, entries, again)
	})
}

func BenchmarkTree(b *testing.B) {
	const n = 100_000
	entries := make([]entry, n)
	for i := range entries {
		entries[i] = entry{path: fmt.Sprintf("dir%03d/sub%02d/file%06d.go", i/1000, i/100%10, i), mode: Regular}
	}
	data := encodeManifest(entries)
	name := b.TempDir() + "/manifest"
	require.NoError(b, os.WriteFile(name, data, 0o644))
	b.Run("load-100k", func(b *testing.B) {
		for b.Loop() {
			_, err := loadManifest(name, keyOf(data))
			require.NoError(b, err)
		}
	})
	tree := &Tree{base: &base{entries: entries}}
	changes := map[string]*File{}
	for i := range 20 {
		changes[entries[i*1000].path] = text("x")
	}
	b.Run("with-20", func(b *testing.B) {
		for b.Loop() {
			_, err := tree.With(changes)
			require.NoError(b, err)
		}
	})
}

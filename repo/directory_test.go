package repo

import (
	"bytes"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestOpenDirectory(t *testing.T) {
	dir := makeFolder(t, map[string]string{
		"README":             "hello\n",
		"bin/run":            "#!/bin/sh\n",
		"link":               "-> /etc/passwd",
		"folder":             "-> bin",
		"empty":              "",
		"new\nline":          "x",
		"not-utf8-\xff/\xfe": "y",
		"case":               "lower",
		"CASE":               "upper",
		"a-b":                "sorts before a/b",
		"a/b":                "z",
	})
	s := open(t, dir, Options{})
	require.Equal(t, []string{
		`100644 CASE "upper"`,
		`100644 README "hello\n"`,
		`100644 a-b "sorts before a/b"`,
		`100644 a/b "z"`,
		`100755 bin/run "#!/bin/sh\n"`,
		`100644 case "lower"`,
		`100644 empty ""`,
		`120000 folder "bin"`,
		`120000 link "/etc/passwd"`,
		"100644 new\nline \"x\"",
		"100644 not-utf8-\xff/\xfe \"y\"",
	}, list(t, s.Tree))
	require.Equal(t, dir, s.Source)
	require.Empty(t, s.Commit)
	require.Empty(t, s.Notes)
	require.Equal(t, filepath.Join(s.Dir, "tree"), s.Tree.Dir())
}

func TestKeyIsOfContentAlone(t *testing.T) {
	files := map[string]string{"a/b": "1", "c": "2"}
	cache := t.TempDir()
	first := open(t, makeFolder(t, files), Options{Cache: cache})
	require.Equal(t, first.Key, open(t, makeFolder(t, files), Options{Cache: cache}).Key)
	require.Equal(t, first.Key, open(t, makeFolder(t, files), Options{}).Key)
	for name, other := range map[string]map[string]string{
		"content": {"a/b": "1", "c": "3"},
		"path":    {"a/b": "1", "d": "2"},
		"mode":    {"a/b": "1", "c": "-> 2"},
		"more":    {"a/b": "1", "c": "2", "e": ""},
	} {
		require.NotEqual(t, first.Key, open(t, makeFolder(t, other), Options{Cache: cache}).Key, name)
	}
}

func TestSnapshotHasOneTime(t *testing.T) {
	s := open(t, makeFolder(t, map[string]string{"a/b/c": "x", "a/link": "-> b", "d": "#!y"}), Options{})
	require.NoError(t, filepath.WalkDir(s.Tree.Dir(), func(name string, entry os.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		require.Equal(t, time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC), info.ModTime().UTC(), name)
		return nil
	}))
}

func TestOpenDirectoryRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		make func(dir string) error
		opts Options
		want string
	}{
		"a fifo": {
			make: func(dir string) error { return unix.Mkfifo(filepath.Join(dir, "pipe"), 0o644) },
			want: `"pipe" is a fifo, which no tree can hold: remove it first`,
		},
		"a socket": {
			make: func(dir string) error { _, err := net.Listen("unix", filepath.Join(dir, "s")); return err },
			want: `"s" is a socket, which no tree can hold: remove it first`,
		},
		"a revision":  {opts: Options{Rev: "main"}, want: "it has no commits to choose from"},
		"uncommitted": {opts: Options{Uncommitted: true}, want: "it has no commits to choose from"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "") // short enough for a socket's name
			require.NoError(t, err)
			defer os.RemoveAll(dir)
			writeFiles(t, dir, map[string]string{"file": ""})
			if test.make != nil {
				require.NoError(t, test.make(dir))
			}
			test.opts.Cache = t.TempDir()
			_, err = Open(t.Context(), dir, test.opts)
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, "open "+dir+": ")
			left, _ := filepath.Glob(test.opts.Cache + "/snapshots/*")
			require.Empty(t, left)
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := makeFolder(t, map[string]string{"file": "x"})
	for source, want := range map[string]string{
		dir + "/missing": "there is no such folder; a source is a folder, a git URL, or module:PATH@VERSION",
		dir + "/file":    "it is a file, not a folder",
		t.TempDir():      "there is no file in it",
	} {
		_, err := Open(t.Context(), source, Options{Cache: t.TempDir()})
		require.ErrorContains(t, err, want)
	}
}

func TestNestedRepositoriesAreLeftOut(t *testing.T) {
	dir := makeFolder(t, map[string]string{"file": "x", "vendored/.git/config": "evil", "vendored/a": "y", "worktree/.GIT": "gitdir: /"})
	var log bytes.Buffer
	s := open(t, dir, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.Equal(t, []string{`100644 file "x"`, `100644 vendored/a "y"`}, list(t, s.Tree))
	require.Equal(t, []string{`"vendored/.git" is git's own and was left out`, `"worktree/.GIT" is git's own and was left out`}, s.Notes)
	require.Contains(t, log.String(), "vendored/.git")
}

func BenchmarkOpenDirectory(b *testing.B) {
	dir := makeFolder(b, manyFiles(10_000))
	cache := b.TempDir()
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			open(b, dir, Options{})
		}
	})
	open(b, dir, Options{Cache: cache})
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			open(b, dir, Options{Cache: cache})
		}
	})
}

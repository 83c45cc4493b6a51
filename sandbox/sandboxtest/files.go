package sandboxtest

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// testFiles is the contract about files. Its commands are tee, cat, rm, mv, mkdir,
// chmod +x, ln -s and cp, one at a time and without a shell, so that a fake can
// play them.
func (s *suite) testFiles(t *testing.T) {
	t.Run("layers", s.layers)
	t.Run("names", s.names)
	t.Run("given files", s.givenFiles)
	t.Run("changes", s.changes)
	t.Run("changed folders", s.changedFolders)
	t.Run("nothing changed", s.nothingChanged)
	t.Run("read", s.read)
	t.Run("reset", s.reset)
	t.Run("freeze", s.freeze)
	t.Run("git", s.git)
	t.Run("empty", s.empty)
}

func sample(t testing.TB) *repo.Tree {
	return baseTree(t, map[string]repo.File{
		"readme":        regular("base\n"),
		"run":           program("#!/bin/sh\necho ran\n"),
		"link":          symlink("readme"),
		"src/a":         regular("a\n"),
		"src/b":         regular("b\n"),
		"src/deep/c":    regular("c\n"),
		"old/x":         regular("x\n"),
		"old/y":         regular("y\n"),
		"file-or-not":   regular("file\n"),
		"src/deep/keep": regular("keep\n"),
	})
}

// The tree's changes stand above its snapshot: files, deletions, a folder in
// place of a file and a file in place of a folder.
func (s *suite) layers(t *testing.T) {
	tree := with(t, sample(t), map[string]*repo.File{
		"readme":        new(regular("changed\n")),
		"new/folder/f":  new(regular("new\n")),
		"src/b":         nil,
		"old/x":         nil,
		"old/y":         nil,
		"old":           new(regular("a file now\n")),
		"file-or-not":   nil,
		"file-or-not/f": new(regular("a folder now\n")),
		"run":           new(regular("not a program\n")),
		"link":          new(symlink("src/a")),
		"tool":          new(program("#!/bin/sh\n")),
	})
	box := s.box(t, sandbox.Spec{Tree: tree})
	for path, want := range map[string]string{
		"readme": "changed\n", "new/folder/f": "new\n", "src/a": "a\n", "src/deep/c": "c\n", "old": "a file now\n",
		"file-or-not/f": "a folder now\n", "link": "a\n",
	} {
		require.Equal(t, want, ok(t, box, "cat", path), path)
	}
	require.NotEqual(t, 0, run(t, box, sandbox.Cmd{Args: []string{"cat", "src/b"}}).ExitCode, "src/b was deleted")
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	require.Empty(t, changes, "what the tree changes, no command changed")
}

// Names are bytes.
func (s *suite) names(t *testing.T) {
	odd := map[string]repo.File{
		"\xff\xfe":                    regular("not UTF-8"),
		strings.Repeat("n", 255):      regular("long"),
		"new\nline":                   regular("two lines"),
		"e\u0301":                     regular("decomposed"),
		"\u00e9":                      regular("composed"),
		"A":                           regular("upper"),
		"a":                           regular("lower"),
		" sp ace/\\back/\"quote\"/$x": regular("quoted"),
		"-rf":                         regular("a flag"),
	}
	tree, err := repo.NewTree(odd)
	require.NoError(t, err)
	box := s.box(t, sandbox.Spec{Tree: tree})
	for path, file := range odd {
		require.Equal(t, string(file.Data), ok(t, box, "cat", sandbox.WorkDir+"/"+path), "%q", path)
		write(t, box, sandbox.WorkDir+"/"+path, "written "+path)
	}
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	require.Len(t, changes, len(odd))
	for _, change := range changes {
		file, err := box.Read(t.Context(), change.Path, 1000)
		require.NoError(t, err)
		require.Equal(t, "written "+change.Path, string(file.Data))
	}
}

func (s *suite) givenFiles(t *testing.T) {
	box := s.box(t, sandbox.Spec{Files: map[string]repo.File{"script": regular("given\n"), "\xff": regular("odd\n")}})
	require.Equal(t, "given\n", ok(t, box, "cat", sandbox.FileDir+"/script"))
	require.Equal(t, "odd\n", ok(t, box, "cat", sandbox.FileDir+"/\xff"))
	for _, args := range [][]string{
		{"tee", sandbox.FileDir + "/script"}, {"tee", sandbox.FileDir + "/new"}, {"rm", sandbox.FileDir + "/script"},
	} {
		require.False(t, run(t, box, sandbox.Cmd{Args: args, Stdin: []byte("x")}).OK(), "%q", args)
	}
	require.Equal(t, "given\n", ok(t, box, "cat", sandbox.FileDir+"/script"))
}

func (s *suite) changes(t *testing.T) {
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	write(t, box, "readme", "longer than before\n")
	write(t, box, "added", "new\n")
	ok(t, box, "chmod", "+x", "src/a")
	ok(t, box, "rm", "src/b")
	ok(t, box, "ln", "-s", "/etc/passwd", "to-the-host")
	ok(t, box, "mv", "src/deep/c", "moved")
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	require.Equal(t, []sandbox.Change{
		{Path: "added", Mode: repo.Regular, Size: 4},
		{Path: "moved", Mode: repo.Regular, Size: 2},
		{Path: "readme", Mode: repo.Regular, Size: 19},
		{Path: "src/a", Mode: repo.Executable, Size: 2},
		{Path: "src/b", Deleted: true},
		{Path: "src/deep/c", Deleted: true},
		{Path: "to-the-host", Mode: repo.Symlink, Size: 11},
	}, changes)
}

// A folder that is gone is one path. One that was made anew hides what was in
// it, however the list says so: applied in order it gives what is there.
func (s *suite) changedFolders(t *testing.T) {
	tree := sample(t)
	box := s.box(t, sandbox.Spec{Tree: tree})
	ok(t, box, "rm", "-r", "old")
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	require.Equal(t, []sandbox.Change{{Path: "old", Deleted: true}}, changes)

	ok(t, box, "rm", "-r", "src")
	ok(t, box, "mkdir", "src")
	write(t, box, "src/a", "again\n")
	ok(t, box, "rm", "file-or-not")
	ok(t, box, "mkdir", "file-or-not")
	write(t, box, "file-or-not/f", "f\n")
	write(t, box, "old", "a file\n")
	require.Equal(t, map[string]string{
		"readme": "base\n", "run": "#!/bin/sh\necho ran\n", "link": "readme",
		"src/a": "again\n", "file-or-not/f": "f\n", "old": "a file\n",
	}, after(t, tree, box))
}

// after applies a sandbox's changes to the tree it was made of.
func after(t testing.TB, tree *repo.Tree, box sandbox.Sandbox) map[string]string {
	t.Helper()
	files := map[string]string{}
	for path := range tree.Paths() {
		file, err := tree.Read(path)
		require.NoError(t, err)
		files[path] = string(file.Data)
	}
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	for _, change := range changes {
		for path := range files {
			if under(path, change.Path) {
				delete(files, path)
			}
		}
		if change.Deleted || change.Mode == 0 {
			continue
		}
		file, err := box.Read(t.Context(), change.Path, 1<<20)
		require.NoError(t, err)
		require.Equal(t, change.Mode, file.Mode)
		files[change.Path] = string(file.Data)
	}
	return files
}

// What came and went, and what is elsewhere, did not change the tree.
func (s *suite) nothingChanged(t *testing.T) {
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	write(t, box, "temporary", "x")
	ok(t, box, "rm", "temporary")
	write(t, box, "/tmp/elsewhere", "x")
	write(t, box, sandbox.HomeDir+"/elsewhere", "x")
	ok(t, box, "cat", "readme")
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	require.Empty(t, changes)
}

func (s *suite) read(t *testing.T) {
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	write(t, box, "out", "0123456789")
	ok(t, box, "ln", "-s", "out", "to-out")
	ok(t, box, "ln", "-s", "src", "to-src")
	ok(t, box, "chmod", "+x", "out")

	file, err := box.Read(t.Context(), "out", 10)
	require.NoError(t, err)
	require.Equal(t, program("0123456789"), file)
	file, err = box.Read(t.Context(), "to-out", 10)
	require.NoError(t, err)
	require.Equal(t, symlink("out"), file, "a link is read, not followed")

	_, err = box.Read(t.Context(), "out", 9)
	require.Error(t, err, "more than the limit")
	for _, path := range []string{"missing", "src", "to-src/a", "", ".", "..", "../work/out", "/work/out", "/etc/passwd", "src/../out", "out/"} {
		_, err = box.Read(t.Context(), path, 1000)
		require.Error(t, err, "%q", path)
	}
	require.Equal(t, "0123456789", ok(t, box, "cat", "out"), "an error of Read harms nothing")
}

func (s *suite) reset(t *testing.T) {
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	for range 3 {
		write(t, box, "readme", "changed\n")
		for _, path := range []string{"new", "/tmp/new", sandbox.HomeDir + "/new", "/dev/shm/new"} {
			write(t, box, path, "x")
		}
		ok(t, box, "rm", "-r", "src")
		require.NoError(t, box.Reset(t.Context()))
		require.Equal(t, "base\n", ok(t, box, "cat", "readme"))
		require.Equal(t, "c\n", ok(t, box, "cat", "src/deep/c"))
		for _, path := range []string{"new", "/tmp/new", sandbox.HomeDir + "/new", "/dev/shm/new"} {
			require.False(t, run(t, box, sandbox.Cmd{Args: []string{"cat", path}}).OK(), path)
		}
		changes, err := box.Changes(t.Context())
		require.NoError(t, err)
		require.Empty(t, changes)
	}
}

// A setup layer stands above the snapshot and below the tree's own changes.
func (s *suite) freeze(t *testing.T) {
	tree := sample(t)
	box := s.box(t, sandbox.Spec{Tree: tree})
	freezer, isFreezer := box.(sandbox.Freezer)
	if !isFreezer {
		t.Skip("this provider cannot freeze")
	}
	ok(t, box, "mkdir", "installed")
	write(t, box, "installed/dependency", "v1\n")
	write(t, box, "installed/dropped", "x\n")
	write(t, box, "readme", "by setup\n")
	write(t, box, "src/a", "by setup\n")
	ok(t, box, "rm", "src/b")
	write(t, box, sandbox.HomeDir+"/cache", "warm\n")
	write(t, box, "/tmp/rest", "x\n")
	dir := cacheFolder(t)
	layer, err := freezer.Freeze(t.Context(), dir, func(w sandbox.Written) bool { return w.Path != "/work/installed/dropped" })
	require.NoError(t, err)
	require.NotEmpty(t, layer.Key)
	require.Equal(t, "by setup\n", ok(t, box, "cat", "readme"), "what was frozen stays")

	box = s.box(t, sandbox.Spec{Setup: layer, Tree: with(t, tree, map[string]*repo.File{"src/a": new(regular("by the tree\n"))})})
	for range 2 {
		for path, want := range map[string]string{
			"installed/dependency": "v1\n", "readme": "by setup\n", "src/a": "by the tree\n", "src/deep/c": "c\n", sandbox.HomeDir + "/cache": "warm\n",
		} {
			require.Equal(t, want, ok(t, box, "cat", path), path)
		}
		for _, path := range []string{"installed/dropped", "src/b", "/tmp/rest"} {
			require.False(t, run(t, box, sandbox.Cmd{Args: []string{"cat", path}}).OK(), path)
		}
		changes, err := box.Changes(t.Context())
		require.NoError(t, err)
		require.Empty(t, changes, "what setup wrote, no command of this sandbox changed")
		write(t, box, "installed/dependency", "v2\n")
		write(t, box, sandbox.HomeDir+"/cache", "changed\n")
		require.NoError(t, box.Reset(t.Context()))
	}
}

// A git directory is the sandbox's own to write to, and no change of the tree.
func (s *suite) git(t *testing.T) {
	tree := with(t, sample(t), map[string]*repo.File{"src/a": new(regular("by the tree\n"))})
	dir := filepath.Join(cacheFolder(t), "git")
	require.NoError(t, os.Mkdir(dir, 0o755))
	require.NoError(t, repo.OneCommit(t.Context(), tree, dir))
	before := hostFiles(t, dir)
	box := s.box(t, sandbox.Spec{Tree: tree, Git: dir})
	for range 2 {
		require.Equal(t, "ref: refs/heads/main\n", ok(t, box, "cat", ".git/HEAD"))
		write(t, box, ".git/HEAD", "ref: refs/heads/other\n")
		write(t, box, ".git/new", "x")
		ok(t, box, "rm", ".git/config")
		write(t, box, "src/b", "changed\n")
		changes, err := box.Changes(t.Context())
		require.NoError(t, err)
		require.Equal(t, []sandbox.Change{{Path: "src/b", Mode: repo.Regular, Size: 8}}, changes)
		require.NoError(t, box.Reset(t.Context()))
	}
	require.Equal(t, before, hostFiles(t, dir), "the folder on the host is as it was")
}

// hostFiles reads all files in a folder of the host.
func hostFiles(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[path] = string(data)
		return err
	}))
	return files
}

// A sandbox needs no tree.
func (s *suite) empty(t *testing.T) {
	box := s.box(t, sandbox.Spec{})
	write(t, box, "file", "x")
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	require.Equal(t, []sandbox.Change{{Path: "file", Mode: repo.Regular, Size: 1}}, changes)
	big := bytes.Repeat([]byte("x"), 1<<20)
	write(t, box, "big", string(big))
	file, err := box.Read(t.Context(), "big", 1<<20)
	require.NoError(t, err)
	require.True(t, bytes.Equal(big, file.Data), "a mebibyte")
}

package bug_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/stretchr/testify/require"
)

// folder writes the five files of a good artifact, then what change says; nil
// removes.
func folder(t *testing.T, change map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, data []byte) {
		require.NoError(t, os.RemoveAll(filepath.Join(dir, name)))
		if data != nil {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o666))
		}
	}
	write("test_script.sh", []byte("go test -v ./...\n"))
	write("test_parser.py", []byte("#!/usr/bin/env python3\n"))
	write("test_files.txt", []byte("x_test.go\n"))
	write("bug_inject.diff", []byte("diff --git a/x.go b/x.go\n--- a/x.go\n+++ b/x.go\n"+edit))
	write("test_weaken.diff", []byte("diff --git a/x_test.go b/x_test.go\n--- a/x_test.go\n+++ b/x_test.go\n"+edit))
	for name, data := range change {
		write(name, data)
	}
	return dir
}

func TestLoadAndSave(t *testing.T) {
	loaded, err := bug.Load(folder(t, nil))
	require.NoError(t, err)
	require.Equal(t, []string{"x_test.go"}, loaded.TestFiles)
	require.Equal(t, "x.go", loaded.Inject.Entries[0].New)

	dir := filepath.Join(t.TempDir(), "saved", "here")
	require.NoError(t, loaded.Save(dir))
	again, err := bug.Load(dir)
	require.NoError(t, err)
	require.Equal(t, loaded, again)
	require.ErrorContains(t, loaded.Save(dir), "test_script.sh: file exists", "nothing is replaced")
}

func TestLoadReadsThePapersNames(t *testing.T) {
	for alias, name := range map[string]string{
		"parse_test_output.py": "test_parser.py",
		"bug_patch.diff":       "bug_inject.diff",
		"test_patch.diff":      "test_weaken.diff",
	} {
		dir := folder(t, nil)
		both, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, alias), both, 0o666))
		_, err = bug.Load(dir)
		require.EqualError(t, err, name+": "+alias+" is there too, which is another name for the same file; remove "+alias)

		require.NoError(t, os.Remove(filepath.Join(dir, name)))
		_, err = bug.Load(dir)
		require.NoError(t, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change map[string][]byte
		want   string
	}{
		"no script":          {map[string][]byte{"test_script.sh": nil}, "test_script.sh: the file is missing"},
		"no parser":          {map[string][]byte{"test_parser.py": nil}, "test_parser.py: the file is missing"},
		"no list":            {map[string][]byte{"test_files.txt": nil}, "test_files.txt: the file is missing"},
		"no diff":            {map[string][]byte{"bug_inject.diff": nil}, "bug_inject.diff: the file is missing"},
		"empty script":       {map[string][]byte{"test_script.sh": []byte(" \n")}, "test_script.sh: it is empty"},
		"large script":       {map[string][]byte{"test_script.sh": make([]byte, 1<<20+1)}, "test_script.sh: it has more than 1048576 bytes"},
		"large list":         {map[string][]byte{"test_files.txt": bytes.Repeat([]byte("a\n"), 1<<20)}, "test_files.txt: it has more than 1048576 bytes"},
		"many files":         {map[string][]byte{"test_files.txt": []byte(lines(10_001))}, "test_files.txt:10001: more than 10000 files are listed"},
		"outside":            {map[string][]byte{"test_files.txt": []byte("a\r\n\n../x\n")}, `test_files.txt:3: path "../x" leaves the tree; list paths relative to the repository's root`},
		"absolute":           {map[string][]byte{"test_files.txt": []byte("/etc/passwd\n")}, `test_files.txt:1: path "/etc/passwd" is absolute`},
		"git":                {map[string][]byte{"test_files.txt": []byte("a/.git/x\n")}, `test_files.txt:1: path "a/.git/x" is git's own`},
		"not clean":          {map[string][]byte{"test_files.txt": []byte("./a//b\n")}, `test_files.txt:1: path "./a//b" is not clean; write "a/b"`},
		"twice":              {map[string][]byte{"test_files.txt": []byte("a\nb\na\n")}, `test_files.txt:3: "a" is in line 1 already; remove one of them`},
		"NUL":                {map[string][]byte{"test_files.txt": []byte("a\x00b\n")}, `test_files.txt:1: path "a\x00b" has a NUL byte`},
		"no diff in it":      {map[string][]byte{"bug_inject.diff": []byte("hello\n")}, "bug_inject.diff:1: no diff is in it"},
		"bad diff by alias":  {map[string][]byte{"test_weaken.diff": nil, "test_patch.diff": []byte("hello\n")}, "test_patch.diff:1: no diff is in it"},
		"diff out of a tree": {map[string][]byte{"bug_inject.diff": []byte(added("../x", "y"))}, `bug_inject.diff:1: path "../x" leaves the tree`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := bug.Load(folder(t, c.change))
			require.IsType(t, &bug.FormatError{}, err)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func lines(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintln(&out, i)
	}
	return out.String()
}

// What a player puts in place of a file must not make the host read another
// file, wait, or fail.
func TestLoadOpensNothingButFiles(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"symlink out":    func(path string) error { return os.Symlink("/etc/passwd", path) },
		"symlink inside": func(path string) error { return os.Symlink("test_script.sh", path) },
		"dangling":       func(path string) error { return os.Symlink("nowhere", path) },
		"fifo":           func(path string) error { return syscall.Mkfifo(path, 0o666) },
		"folder":         func(path string) error { return os.Mkdir(path, 0o777) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, map[string][]byte{"test_parser.py": nil})
			require.NoError(t, put(filepath.Join(dir, "test_parser.py")))
			_, err := bug.Load(dir)
			require.IsType(t, &bug.FormatError{}, err)
			require.ErrorContains(t, err, "test_parser.py: it is not a regular file")
		})
	}
}

func TestLoadUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reads every file")
	}
	dir := folder(t, nil)
	require.NoError(t, os.Chmod(filepath.Join(dir, "test_parser.py"), 0))
	_, err := bug.Load(dir)
	require.EqualError(t, err, "test_parser.py: its mode ---------- forbids reading; make it readable")
}

func TestLoadSaysWhenTheHostFails(t *testing.T) {
	_, err := bug.Load(filepath.Join(t.TempDir(), "nothing"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "load artifact: ")
}

func TestTestFilesAsTheyAre(t *testing.T) {
	loaded, err := bug.Load(folder(t, map[string][]byte{"test_files.txt": []byte("b c.py\r\n\r\n\na/é\n#x\nlast")}))
	require.NoError(t, err)
	require.Equal(t, []string{"b c.py", "a/é", "#x", "last"}, loaded.TestFiles)
}

package bug_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/stretchr/testify/require"
)

// files is a tree as a test writes it.
type files map[string]repo.File

func tree(t testing.TB, f files) *repo.Tree {
	t.Helper()
	made, err := repo.NewTree(f)
	require.NoError(t, err)
	return made
}

// contents reads all of a tree.
func contents(t testing.TB, from *repo.Tree) files {
	t.Helper()
	f := files{}
	for path := range from.Paths() {
		file, err := from.Read(path)
		require.NoError(t, err)
		f[path] = repo.File{Mode: file.Mode, Data: append([]byte{}, file.Data...)}
	}
	return f
}

// gitEnv lets git see no configuration but its own defaults.
var gitEnv = append(os.Environ(),
	"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CEILING_DIRECTORIES="+os.TempDir(),
	"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_AUTHOR_DATE=1700000000 +0000",
	"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b", "GIT_COMMITTER_DATE=1700000000 +0000",
	"LC_ALL=C")

// runGit runs git in dir and returns its standard output.
func runGit(t testing.TB, dir string, stdin []byte, args ...string) []byte {
	t.Helper()
	out, err := tryGit(dir, stdin, args...)
	require.NoError(t, err, "git %v", args)
	return out
}

func tryGit(dir string, stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, gitEnv, bytes.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, &gitError{err, stderr.String()}
	}
	return out, nil
}

type gitError struct {
	err    error
	stderr string
}

func (e *gitError) Error() string { return e.err.Error() + ": " + e.stderr }

// gitApply is the reference: git apply (with -R if reverse) in a folder that
// is no repository.
func gitApply(t testing.TB, f files, diff []byte, reverse bool) (files, error) {
	t.Helper()
	dir, err := os.MkdirTemp("", "bug-git-")
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	write(t, dir, f)
	args := []string{"apply", "--whitespace=nowarn"}
	if reverse {
		args = append(args, "-R")
	}
	if _, err := tryGit(dir, diff, args...); err != nil {
		return nil, err
	}
	return read(t, dir), nil
}

// write puts f into the folder dir of the host.
func write(t testing.TB, dir string, f files) {
	t.Helper()
	for path, file := range f {
		name := filepath.Join(dir, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o777))
		if file.Mode == repo.Symlink {
			require.NoError(t, os.Symlink(string(file.Data), name))
			continue
		}
		require.NoError(t, os.WriteFile(name, file.Data, fs.FileMode(file.Mode&0o777)))
	}
}

// read returns the files of the folder dir, but for git's own.
func read(t testing.TB, dir string) files {
	t.Helper()
	f := files{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.Name() == ".git" {
				return fs.SkipDir
			}
			return err
		}
		path := strings.TrimPrefix(name, dir+"/")
		if d.Type() == fs.ModeSymlink {
			target, err := os.Readlink(name)
			f[path] = repo.File{Mode: repo.Symlink, Data: []byte(target)}
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := repo.Regular
		if info.Mode()&0o100 != 0 {
			mode = repo.Executable
		}
		data, err := os.ReadFile(name)
		f[path] = repo.File{Mode: mode, Data: data}
		return err
	})
	require.NoError(t, err)
	return f
}

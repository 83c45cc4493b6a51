package agent

import (
	"context"
	"path"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/sandbox"
)

// An Env is what tools act on: the sandbox, through one persistent shell, so that
// what bash did (variables, the current folder) is there for what comes next.
type Env struct {
	Command time.Duration // the limit of one command

	box   sandbox.Sandbox
	shell sandbox.Shell // nil: none was needed yet
	dir   string        // where it is
}

func newEnv(box sandbox.Sandbox, command time.Duration) *Env {
	return &Env{Command: command, box: box, dir: sandbox.WorkDir}
}

// Do runs a command in the shell. A NUL byte in it is a mistake of the caller's.
func (e *Env) Do(ctx context.Context, command string) (sandbox.ShellResult, error) {
	if e.shell == nil {
		shell, err := e.box.Shell(ctx)
		if err != nil {
			return sandbox.ShellResult{}, err
		}
		e.shell = shell
	}
	result, err := e.shell.Do(ctx, command, e.Command)
	if err == nil {
		e.dir = result.Dir
	}
	return result, err
}

// close ends the shell; what comes next begins another one, in the work tree.
func (e *Env) close() error {
	if e.shell == nil {
		return nil
	}
	shell := e.shell
	e.shell, e.dir = nil, sandbox.WorkDir
	return shell.Close()
}

// maxPath is PATH_MAX of Linux.
const maxPath = 4096

// place says where a path that a policy named is, from the shell's folder. One
// that is not below the work tree is a mistake; where links lead to is looked at
// inside, when it is opened.
func (e *Env) place(name string) (string, error) {
	if name == "" {
		return "", mistake("Path is empty. Please provide a valid path.")
	}
	if len(name) > maxPath {
		return "", mistakef("The path has %d bytes. Please provide a valid path.", len(name))
	}
	if strings.ContainsRune(name, 0) {
		return "", mistakef("The path %q has a NUL byte. Please provide a valid path.", name)
	}
	full := name
	if !path.IsAbs(name) {
		full = path.Join(e.dir, name)
	}
	full = path.Clean(full)
	if !strings.HasPrefix(full, sandbox.WorkDir+"/") {
		return "", mistakef("The path %s is outside the repository. Please provide a path below %s.", name, sandbox.WorkDir)
	}
	return full, nil
}

package agent

import (
	"context"
	"encoding/base64"
	"fmt"
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

// maxFile bounds files that edit reads and edit and create write, in bytes.
const maxFile = 1 << 20

// Place says where a path that a policy named is, from the shell's folder. One
// that is not below the work tree is a mistake; where links lead to is looked at
// inside, when it is opened.
func (e *Env) place(name string) (string, error) {
	if name == "" {
		return "", mistake("Path is empty. Please provide a valid path.")
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

// What the programs below print before a file's content.
const (
	isFile    = "file"
	isNone    = "none"
	isFolder  = "folder"
	isOutside = "outside"
	isLarge   = "large"
	isOrphan  = "orphan" // its folder is not there
)

// The programs run in a subshell of the player's shell, which can break them, and
// only its own work by it. Names and contents are quoted; contents travel as
// base64, since they may be any bytes.
const (
	inspect = `p=%s
case "$(command -p realpath -m -- "$p")" in %s/*) ;; *) echo outside; exit;; esac
[ -d "$p" ] && { echo folder; exit; }
[ -e "$p" ] || [ -L "$p" ] || { [ -d "$(command -p dirname -- "$p")" ] && echo none || echo orphan; exit; }
[ "$(command -p stat -L -c %%s -- "$p")" -le %d ] || { echo large; exit; }
`
	readProgram  = `(` + inspect + `echo file; command -p base64 -w0 -- "$p")`
	writeProgram = `(printf %%s %s | command -p base64 -d > %s && echo file)`
)

// read returns the content of a file of the sandbox, and what is there.
func (e *Env) read(ctx context.Context, full string) (content []byte, what string, err error) {
	result, err := e.Do(ctx, fmt.Sprintf(readProgram, quote(full), sandbox.WorkDir, maxFile))
	if err != nil {
		return nil, "", err
	}
	what, encoded, _ := strings.Cut(string(result.Output), "\n")
	if what != isFile {
		return nil, what, nil
	}
	if content, err = base64.StdEncoding.DecodeString(strings.TrimSpace(encoded)); err != nil || !result.OK() {
		return nil, "", mistake("The file could not be read: something else printed at the same time, or the shell is broken.")
	}
	return content, what, nil
}

// write writes a file of the sandbox.
func (e *Env) write(ctx context.Context, full string, content []byte) error {
	result, err := e.Do(ctx, fmt.Sprintf(writeProgram, quote(base64.StdEncoding.EncodeToString(content)), quote(full)))
	if err != nil {
		return err
	}
	if !result.OK() || strings.TrimSpace(string(result.Output)) != isFile {
		return mistakef("The file could not be written: %s", strings.TrimSpace(string(result.Output)))
	}
	return nil
}

// quote quotes a word for a shell.
func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

package repo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// A release is what the go command says about one version of a module.
type release struct {
	Version  string
	Versions []string // of `go list -m -versions`: released, not retracted, sorted
	Info     string   // names a file that holds the time
	Zip      string   // names the archive of the module's files
	Error    string
}

// unavailable is what a module proxy answers for a version that it does not
// have, or no longer; malformed is what the go command asks no proxy for.
var (
	unavailable = regexp.MustCompile(`\b(403 Forbidden|404 Not Found|410 Gone)\b|unknown revision|invalid version|reading file://\S+: no such file`)
	malformed   = regexp.MustCompile(`malformed module path`)
)

// download has the go command bring module@version into its module cache. A
// version that does not exist is told in release.Error. An [UnreachableError]
// means that the question could not be asked, any other error that it is none.
func (c *cache) download(ctx context.Context, module, version string) (release, error) {
	r, err := c.goCommand(ctx, "mod", "download", "-json", "--", module+"@"+version)
	switch {
	case err != nil:
		return r, fromProxy(err)
	case r.Error == "" || unavailable.MatchString(r.Error):
		return r, nil
	case malformed.MatchString(r.Error):
		return r, errors.New(firstLine(r.Error))
	default:
		return r, fromProxy(errors.New(firstLine(r.Error)))
	}
}

func fromProxy(err error) error { return &UnreachableError{"the module proxy", err} }

// versions lists the module's releases.
func (c *cache) versions(ctx context.Context, module string) ([]string, error) {
	r, err := c.goCommand(ctx, "list", "-m", "-versions", "-json", "--", module)
	if err == nil && r.Error != "" {
		err = errors.New(firstLine(r.Error))
	}
	if err != nil {
		return nil, fromProxy(err)
	}
	return r.Versions, nil
}

// goCommand runs the go command where no go.mod, go.work or GOFLAGS of the
// user's changes the answer, and never another toolchain than the one there is.
// It does not outlive this process.
func (c *cache) goCommand(ctx context.Context, args ...string) (r release, err error) {
	dir, held, err := c.tempDir("clones")
	if err != nil {
		return r, err
	}
	defer held.Close()
	defer os.RemoveAll(dir)
	// A go.mod of its own, so that none of a folder above is in reach.
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module ssr.invalid\n"), 0o644); err != nil {
		return r, err
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PWD="+dir, "GOFLAGS=-mod=mod", "GOTOOLCHAIN=local", "GOWORK=off", "GO111MODULE=on", "GIT_TERMINAL_PROMPT=0")
	cmd.WaitDelay = 5 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	runtime.LockOSThread() // the signal comes when the thread ends that started it
	defer runtime.UnlockOSThread()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if ctx.Err() != nil {
		return r, context.Cause(ctx)
	}
	if json.Unmarshal(stdout.Bytes(), &r) == nil && (err == nil || r.Error != "") {
		return r, nil
	}
	return r, fmt.Errorf("go %s: %w: %s", strings.Join(args[:2], " "), err, firstLine(stderr.String()))
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

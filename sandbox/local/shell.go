package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/selfplay-swe/ssr/sandbox"
)

// A shell is a persistent bash, which the protocol of bash.go drives.
type shell struct {
	sandbox *Sandbox
	dir     string // where bash is, or the next one starts
	bash    *bash  // nil: the next command starts one
	closed  bool
}

// Shell starts a persistent bash.
func (s *Sandbox) Shell(ctx context.Context) (sandbox.Shell, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	sh := &shell{sandbox: s, dir: sandbox.WorkDir}
	s.shell = sh
	if err := sh.start(); err != nil {
		return nil, err
	}
	return sh, ctx.Err()
}

// start starts bash in the shell's folder, or in the work tree when that is gone.
func (sh *shell) start() error {
	bash, err := sh.sandbox.startBash(sh.dir)
	if err != nil && sh.dir != sandbox.WorkDir && sh.sandbox.dead == nil {
		sh.dir = sandbox.WorkDir
		bash, err = sh.sandbox.startBash(sh.dir)
	}
	sh.bash = bash
	return err
}

// Do runs a command in the shell.
func (sh *shell) Do(ctx context.Context, command string, timeout time.Duration) (sandbox.ShellResult, error) {
	switch {
	case sh.sandbox.dead != nil:
		return sandbox.ShellResult{}, sh.sandbox.dead
	case sh.closed:
		return sandbox.ShellResult{}, errors.New("sandbox: shell: it was closed")
	case strings.IndexByte(command, 0) >= 0:
		return sandbox.ShellResult{}, errors.New("sandbox: shell: the command has a NUL byte, which bash cannot read")
	}
	if sh.bash == nil {
		if err := sh.start(); err != nil {
			return sandbox.ShellResult{}, err
		}
	}
	return sh.do(ctx, command, timeout)
}

func (sh *shell) do(ctx context.Context, command string, timeout time.Duration) (sandbox.ShellResult, error) {
	b, started := sh.bash, time.Now()
	var reader sync.WaitGroup
	output := newCapture(b.output, sh.sandbox.spec.Limits.Output, nil)
	reader.Go(output.read)
	class, a := b.answer(ctx, command, timeout)
	close(output.ended)
	reader.Wait()
	result := sandbox.ShellResult{Restarted: class != sandbox.Exited || a.err != nil}
	if result.Restarted {
		if err := sh.stop(); err != nil {
			return sandbox.ShellResult{}, err
		}
		b.close()
	}
	if ctx.Err() != nil {
		return sandbox.ShellResult{}, context.Cause(ctx)
	}
	return sh.result(result, b, class, a, output, started)
}

// answer waits for what bash answers, and for whatever else ends the command: a
// limit, or the end of bash, whose background jobs may keep the socket open. Where
// bash closed it, what bash became may run on.
func (b *bash) answer(ctx context.Context, command string, timeout time.Duration) (sandbox.Class, answer) {
	select {
	case <-b.ended:
		return sandbox.Exited, answer{err: errNotRun}
	default:
	}
	answers := make(chan answer, 1)
	go func() { answers <- b.ask(command) }()
	timer, stop := after(timeout)
	defer stop()
	look := time.NewTicker(lookInterval)
	defer look.Stop()
	b.looks = 0
	for {
		select {
		case a := <-answers:
			if !errors.Is(a.err, io.EOF) {
				return sandbox.Exited, a
			}
		case <-b.ended:
			return sandbox.Exited, answer{err: io.EOF}
		case <-look.C:
			if b.silent() {
				return sandbox.Exited, answer{err: errSilent}
			}
		case <-timer:
			return sandbox.Timeout, answer{}
		case <-b.watch.exceeded():
			return sandbox.OutOfMemory, answer{}
		case <-ctx.Done():
			return 0, answer{}
		}
	}
}

// result classes what became of the command: what became of bash, if it ended.
func (sh *shell) result(result sandbox.ShellResult, b *bash, class sandbox.Class, a answer, output *capture, started time.Time) (_ sandbox.ShellResult, err error) {
	if result.Restarted {
		result.Result, err = b.result(class, output, &capture{})
		if a.err != nil && a.err != io.EOF {
			result.Output = fmt.Appendf(result.Output, "sandbox: %v\n", a.err)
			if result.Class == sandbox.Exited { // bash's status is not the command's
				result.Class, result.ExitCode, result.Signal = sandbox.Signaled, -1, int(killSignal)
			}
		}
	} else {
		sh.dir = cmp.Or(a.dir, sh.dir)
		result.Result = sandbox.Result{Class: class, ExitCode: a.status, Output: output.bytes(), Dropped: output.dropped()}
		b.exhausted(&result.Result)
	}
	result.Wall, result.Dir = time.Since(started), sh.dir
	return result, err
}

// stop ends bash and everything else in the sandbox.
func (sh *shell) stop() error {
	b := sh.bash
	sh.bash = nil
	b.socket.Close() // bash ends by itself, unless it runs something
	return b.finish()
}

// Close ends the shell and whatever it left running.
func (sh *shell) Close() error {
	if sh.closed {
		return nil
	}
	sh.closed = true
	if sh.bash == nil || sh.sandbox.closed {
		return nil
	}
	defer sh.bash.close()
	return sh.stop()
}

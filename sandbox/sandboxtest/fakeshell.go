package sandboxtest

import (
	"context"
	"time"

	"github.com/selfplay-swe/ssr/sandbox"
)

// fakeShell hands each command to the fake's Run. It keeps the machine's Dir;
// a class other than Exited restarts it.
type fakeShell struct {
	sandbox *fakeSandbox
	dir     string
	closed  bool
}

func (s *fakeSandbox) Shell(ctx context.Context) (sandbox.Shell, error) {
	done, err := s.beginAlone(ctx, "shell")
	if err != nil {
		return nil, err
	}
	defer done()
	s.shell = &fakeShell{sandbox: s, dir: sandbox.WorkDir}
	return s.shell, nil
}

func (s *fakeShell) Do(ctx context.Context, command string, timeout time.Duration) (sandbox.ShellResult, error) {
	done, err := s.sandbox.begin(ctx, "shell")
	if err != nil {
		return sandbox.ShellResult{}, err
	}
	defer done()
	if s.closed {
		return sandbox.ShellResult{}, &sandbox.LostError{Op: "shell", Err: errClosed}
	}
	s.sandbox.machine.Dir = s.dir
	result, err := s.sandbox.run(ctx, sandbox.Cmd{Args: []string{"bash", "-c", command}, Timeout: timeout, Combine: true})
	if err != nil {
		return sandbox.ShellResult{}, err
	}
	s.dir = s.sandbox.machine.Dir
	return sandbox.ShellResult{Result: result, Dir: s.dir, Restarted: result.Class != sandbox.Exited}, nil
}

func (s *fakeShell) Close() error {
	s.closed = true
	return nil
}

package local

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local/internal/sysprog"
)

// Run starts a command and returns when all that it started is dead.
func (s *Sandbox) Run(ctx context.Context, cmd sandbox.Cmd) (sandbox.Result, error) {
	if len(cmd.Args) == 0 {
		return sandbox.Result{}, errors.New("sandbox: run: a command needs arguments, the first is its name")
	}
	if err := s.ready(); err != nil {
		return sandbox.Result{}, err
	}
	if ctx.Err() != nil {
		return sandbox.Result{}, context.Cause(ctx)
	}
	if cmd.Dir == "" {
		cmd.Dir = sandbox.WorkDir
	}
	var files pipes
	defer files.close()
	stdin := files.input(cmd.Stdin)
	stdout, output := files.output(s.spec.Limits.Output, cmd.Live)
	stderr, errput := stdout, &capture{}
	if !cmd.Combine {
		stderr, errput = files.output(s.spec.Limits.Output, cmd.Live)
	}
	if files.err != nil {
		return sandbox.Result{}, &sandbox.LostError{Op: "run " + cmd.Args[0], Err: files.err}
	}
	r, err := s.launch(cmd, [3]*os.File{stdin, stdout, stderr}, nil)
	if err != nil {
		return sandbox.Result{}, err
	}
	files.read()
	class, err := r.wait(ctx, cmd.Timeout)
	files.drain()
	if err != nil {
		return sandbox.Result{}, err
	}
	return r.result(class, output, errput)
}

// wait waits for the command, its time limit or the end of ctx, and kills what
// is left.
func (r *running) wait(ctx context.Context, timeout time.Duration) (sandbox.Class, error) {
	timer, stop := after(timeout)
	defer stop()
	class := sandbox.Exited
	select {
	case <-r.ended:
	case <-timer:
		class = sandbox.Timeout
	case <-r.watch.exceeded():
		class = sandbox.OutOfMemory
	case <-ctx.Done():
		r.finish()
		return 0, context.Cause(ctx)
	}
	return class, r.finish()
}

// after is a timer that never rings when d is zero.
func after(d time.Duration) (<-chan time.Time, func() bool) {
	if d <= 0 {
		return nil, func() bool { return true }
	}
	timer := time.NewTimer(d)
	return timer.C, timer.Stop
}

// result classes what the command did.
func (r *running) result(class sandbox.Class, output, errput *capture) (sandbox.Result, error) {
	result := sandbox.Result{Class: class, ExitCode: -1, Wall: r.wall, CPU: r.cpu,
		Output: output.bytes(), Errors: errput.bytes(), Dropped: output.dropped() + errput.dropped()}
	if class != sandbox.Exited {
		return result, nil
	}
	failure, failed := errors.AsType[*sysprog.Failure](r.err)
	switch {
	case failed && !r.commandsFault(failure):
		return sandbox.Result{}, &sandbox.LostError{Op: "run " + r.cmd.Args[0], Err: failure}
	case failed:
		result.ExitCode = shellStatus(failure.Errno)
		result.Errors = append(result.Errors, "sandbox: "+failure.Error()+"\n"...)
		if r.cmd.Combine {
			result.Output, result.Errors = append(result.Output, result.Errors...), nil
		}
	case r.err != nil: // the launcher was killed, as it is when its cgroup has no memory
		result.Class, result.Signal = sandbox.Signaled, int(killSignal)
	case r.status.Signaled():
		result.Class, result.Signal = sandbox.Signaled, int(r.status.Signal())
	default:
		result.ExitCode = r.status.ExitStatus()
	}
	r.exhausted(&result)
	return result, nil
}

// shellStatus is what a shell exits with for a command that it cannot start.
func shellStatus(errno syscall.Errno) int {
	if errno == unix.ENOENT || errno == unix.ENOTDIR {
		return 127
	}
	return 126
}

// commandsFault says whether a launcher failed for what it was asked to run.
func (r *running) commandsFault(f *sysprog.Failure) bool {
	return f.Step == runStep(r.cmd) || f.Step == enterStep(r.cmd)
}

// exhausted classes a command by the limit it used up. A command that ended well
// coped with it, but for output: what is left of it is not what was printed.
func (r *running) exhausted(result *sandbox.Result) {
	switch {
	case result.OK() && result.Dropped > 0:
		result.Class = sandbox.OutputLimit
	case result.OK():
		return
	default:
		result.Class = r.limit(result.Class)
		if result.Class == sandbox.Exited && result.Dropped > 0 {
			result.Class = sandbox.OutputLimit
		}
	}
	if result.Class != sandbox.Exited {
		result.ExitCode = -1
	}
	if result.Class != sandbox.Signaled {
		result.Signal = 0
	}
}

// environment is what every command gets, and what it adds.
func (s *Sandbox) environment(added []string) []string {
	return slices.Concat(s.provider.env, networkEnv(s.spec.Network), added)
}

// pipes are the descriptors of a command: its ends and ours.
type pipes struct {
	children []*os.File
	captures []*capture
	readers  sync.WaitGroup
	err      error
}

// output makes a pipe whose other end is captured.
func (p *pipes) output(limit int64, live func([]byte)) (*os.File, *capture) {
	r, w, err := outputPipe()
	if err != nil {
		p.err = errors.Join(p.err, err)
		return nil, nil
	}
	c := newCapture(r, limit, live)
	p.children, p.captures = append(p.children, w), append(p.captures, c)
	return w, c
}

// input makes a file with data, or opens /dev/null.
func (p *pipes) input(data []byte) *os.File {
	file, err := os.Open(os.DevNull)
	if data != nil {
		file, err = memory(data)
	}
	if err != nil {
		p.err = errors.Join(p.err, err)
		return nil
	}
	p.children = append(p.children, file)
	return file
}

// read starts to read once the command has its ends.
func (p *pipes) read() {
	p.closeChildren()
	for _, c := range p.captures {
		p.readers.Go(c.read)
	}
}

// drain reads what is left once nothing more is written.
func (p *pipes) drain() {
	for _, c := range p.captures {
		close(c.ended)
	}
	p.readers.Wait()
}

func (p *pipes) closeChildren() {
	for _, file := range p.children {
		file.Close()
	}
	p.children = nil
}

func (p *pipes) close() {
	p.closeChildren()
	for _, c := range p.captures {
		c.file.Close()
	}
}

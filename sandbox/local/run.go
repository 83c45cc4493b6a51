package local

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
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
	if err := ctx.Err(); err != nil {
		return sandbox.Result{}, context.Cause(ctx)
	}
	r, err := s.start(cmd)
	if err != nil {
		return sandbox.Result{}, err
	}
	return r.wait(ctx)
}

// A running is a command that was started.
type running struct {
	sandbox *Sandbox
	cmd     sandbox.Cmd
	program builder
	process *os.Process // the launcher
	report  *os.File
	output  *capture
	errors  *capture // nil: combined
	readers sync.WaitGroup
	started time.Time
	before  usage
	watch   *watch
}

// start starts a launcher with pipes for its output.
func (s *Sandbox) start(cmd sandbox.Cmd) (_ *running, err error) {
	if cmd.Dir == "" {
		cmd.Dir = sandbox.WorkDir
	}
	program, err := s.launchProgram(cmd, s.environment(cmd.Env), false)
	if err != nil {
		return nil, err
	}
	r := &running{sandbox: s, cmd: cmd, program: program}
	var files pipes
	defer files.closeChildren()
	stdin := files.input(cmd.Stdin)
	r.output = newCapture(files.output(), s.spec.Limits.Output, cmd.Live)
	stdout := files.last()
	stderr := stdout
	if !cmd.Combine {
		r.errors = newCapture(files.output(), s.spec.Limits.Output, cmd.Live)
		stderr = files.last()
	}
	r.report = files.output()
	report := files.last()
	if files.err != nil {
		files.closeOurs()
		return nil, &sandbox.LostError{Op: "run " + cmd.Args[0], Err: files.err}
	}
	r.before = s.usage()
	r.started = time.Now()
	r.process, err = start("ssr-launch", program.Program, [3]*os.File{stdin, stdout, stderr}, report, []*os.File{s.pidfd}, &syscall.SysProcAttr{})
	if err != nil {
		files.closeOurs()
		return nil, &sandbox.LostError{Op: "run " + cmd.Args[0], Err: err}
	}
	r.watch = s.watchUsage()
	r.readers.Go(r.output.read)
	if r.errors != nil {
		r.readers.Go(r.errors.read)
	}
	return r, nil
}

// wait waits for the command, its time limit or the end of ctx, and kills what
// is left.
func (r *running) wait(ctx context.Context) (sandbox.Result, error) {
	type outcome struct {
		report []byte
		err    error
	}
	ended := make(chan outcome, 1)
	go func() {
		report, err := readAll(r.program.Program, r.report, reportSize)
		r.process.Wait()
		ended <- outcome{report, err}
	}()
	var deadline <-chan time.Time
	if r.cmd.Timeout > 0 {
		timer := time.NewTimer(r.cmd.Timeout)
		defer timer.Stop()
		deadline = timer.C
	}
	var end outcome
	class := sandbox.Exited
	select {
	case end = <-ended:
	case <-deadline:
		class = sandbox.Timeout
	case <-r.watch.exceeded():
		class = sandbox.OutOfMemory
	case <-ctx.Done():
	}
	wall := time.Since(r.started)
	if end.report == nil && end.err == nil { // still running
		r.sandbox.sweep()
		r.process.Kill()
		end = <-ended
	}
	lost := r.sandbox.sweep()
	r.watch.stop()
	r.readers.Wait()
	r.close()
	if ctx.Err() != nil {
		return sandbox.Result{}, context.Cause(ctx)
	}
	result := r.result(class, end.report, end.err)
	result.Wall = wall
	if failure, ok := errors.AsType[*sysprog.Failure](end.err); ok && class == sandbox.Exited {
		return r.refused(result, failure)
	}
	return result, lost
}

// result classes what the command did.
func (r *running) result(class sandbox.Class, report []byte, err error) sandbox.Result {
	result := sandbox.Result{Class: class, ExitCode: -1, Output: r.output.bytes(), Dropped: r.output.dropped()}
	if r.errors != nil {
		result.Errors = r.errors.bytes()
		result.Dropped += r.errors.dropped()
	}
	if err != nil && class == sandbox.Exited { // the launcher was killed: by the machine's or the cgroup's want of memory
		result.Class, result.Signal = sandbox.Signaled, int(unix.SIGKILL)
	}
	if report != nil {
		status := unix.WaitStatus(binary.NativeEndian.Uint32(report))
		result.CPU = cpuTime(report[statusSize:])
		switch {
		case class != sandbox.Exited:
		case status.Signaled():
			result.Class, result.Signal = sandbox.Signaled, int(status.Signal())
		default:
			result.ExitCode = status.ExitStatus()
		}
	}
	if class == sandbox.Exited && !result.OK() {
		result.Class = r.sandbox.exhausted(r.before, r.watch, result.Class)
	}
	if result.Class == sandbox.Exited && result.Dropped > 0 {
		result.Class = sandbox.OutputLimit
	}
	if result.Class != sandbox.Exited {
		result.ExitCode = -1
	}
	if result.Class != sandbox.Signaled {
		result.Signal = 0
	}
	return result
}

// cpuTime reads user and system time from the start of a struct rusage.
func cpuTime(usage []byte) time.Duration {
	value := func(i int) time.Duration { return time.Duration(binary.NativeEndian.Uint64(usage[8*i:])) }
	return (value(0)+value(2))*time.Second + (value(1)+value(3))*time.Microsecond
}

// refused turns a step that failed into what a shell would say, where it is the
// command's fault.
func (r *running) refused(result sandbox.Result, failure *sysprog.Failure) (sandbox.Result, error) {
	const notFound = 127
	switch failure.Step {
	case "run " + r.cmd.Args[0], "enter " + r.cmd.Dir:
		message := []byte("sandbox: " + failure.Error() + "\n")
		result.Class, result.ExitCode, result.Signal = sandbox.Exited, notFound, 0
		if r.errors != nil {
			result.Errors = message
		} else {
			result.Output = message
		}
		return result, nil
	default:
		return sandbox.Result{}, &sandbox.LostError{Op: "run " + r.cmd.Args[0], Err: failure}
	}
}

func (r *running) close() {
	r.output.file.Close()
	if r.errors != nil {
		r.errors.file.Close()
	}
	r.report.Close()
}

// environment is what every command gets, and what it adds.
func (s *Sandbox) environment(added []string) []string {
	return slices.Concat(s.provider.env, networkEnv(s.spec.Network), added)
}

// pipes collects the descriptors of a command, so that one check suffices.
type pipes struct {
	ours, children []*os.File
	err            error
}

// output makes a pipe to read from; last is the other end.
func (p *pipes) output() *os.File {
	r, w, err := os.Pipe()
	if err != nil {
		p.err = errors.Join(p.err, err)
		return nil
	}
	p.ours, p.children = append(p.ours, r), append(p.children, w)
	return r
}

func (p *pipes) last() *os.File {
	if p.err != nil {
		return nil
	}
	return p.children[len(p.children)-1]
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

// memory makes a file that exists only in memory.
func memory(data []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate("stdin", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	file := os.NewFile(uintptr(fd), "stdin")
	if _, err := file.Write(data); err != nil {
		file.Close()
		return nil, err
	}
	_, err = file.Seek(0, 0)
	return file, err
}

func (p *pipes) closeChildren() {
	for _, file := range p.children {
		file.Close()
	}
}

func (p *pipes) closeOurs() {
	for _, file := range p.ours {
		file.Close()
	}
}

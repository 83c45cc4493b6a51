package local

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/selfplay-swe/ssr/sandbox"
)

// A shell is a persistent bash. Commands come to it on descriptor 3, each ended
// by NUL; after each it answers its status and folder on descriptor 4. What the
// command prints goes elsewhere, so nothing it prints ends it.
type shell struct {
	sandbox  *Sandbox
	dir      string // where the next bash starts
	running  *bash  // nil: the next Do starts one
	released bool
}

// A bash is one process of a shell.
type bash struct {
	process  *os.Process // the launcher
	program  builder
	report   *os.File
	commands *os.File
	answers  *os.File
	output   *os.File
	ended    chan struct{} // closed when the launcher is gone
	watch    *watch
	before   usage
}

// script is what bash runs. The command's own descriptors 3 and 4 are closed.
const script = `while IFS= read -r -d '' -u 3 command; do
eval "$command" 3<&- 4>&- </dev/null
printf '%d\0%s\0' "$?" "$PWD" >&4
done`

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

// start starts a bash in the shell's folder, or in the work tree if that is gone.
func (sh *shell) start() error {
	if err := sh.tryStart(); err != nil {
		return err
	}
	answer, err := sh.running.do(":")
	if err != nil && sh.dir != sandbox.WorkDir {
		sh.kill()
		sh.dir = sandbox.WorkDir
		return sh.start()
	}
	if err != nil {
		return &sandbox.LostError{Op: "start bash", Err: errors.Join(err, sh.running.failure())}
	}
	sh.dir = answer.dir
	return nil
}

func (sh *shell) tryStart() error {
	s := sh.sandbox
	cmd := sandbox.Cmd{Args: []string{"bash", "--norc", "--noprofile", "-c", script}, Dir: sh.dir}
	program, err := s.launchProgram(cmd, s.environment([]string{"PWD=" + sh.dir}), true)
	if err != nil {
		return err
	}
	var files pipes
	defer files.closeChildren()
	b := &bash{program: program, ended: make(chan struct{}), before: s.usage()}
	stdin := files.input(nil)
	b.output = files.output()
	stdout := files.last()
	b.report = files.output()
	report := files.last()
	b.answers = files.output()
	answers := files.last()
	commands, w, err := os.Pipe()
	if err = errors.Join(err, files.err); err != nil {
		files.closeOurs()
		return &sandbox.LostError{Op: "start bash", Err: err}
	}
	defer commands.Close()
	b.commands = w
	b.process, err = start("ssr-launch", program.Program, [3]*os.File{stdin, stdout, stdout}, report,
		[]*os.File{s.pidfd, commands, answers}, &syscall.SysProcAttr{})
	if err != nil {
		files.closeOurs()
		w.Close()
		return &sandbox.LostError{Op: "start bash", Err: err}
	}
	b.watch = s.watchUsage()
	go func() {
		b.process.Wait()
		close(b.ended)
	}()
	sh.running = b
	return nil
}

// failure is what the launcher reported instead of starting bash, if anything.
func (b *bash) failure() error {
	<-b.ended
	_, err := readAll(b.program.Program, b.report, reportSize)
	return err
}

type answer struct {
	status int
	dir    string
}

// do hands bash a command and reads its answer.
func (b *bash) do(command string) (answer, error) {
	if _, err := b.commands.Write(append([]byte(command), 0)); err != nil {
		return answer{}, err
	}
	var raw []byte
	buffer := make([]byte, 8<<10)
	for bytes.Count(raw, []byte{0}) < 2 {
		n, err := b.answers.Read(buffer)
		if err != nil {
			return answer{}, err
		}
		raw = append(raw, buffer[:n]...)
		if len(raw) > maxAnswer {
			return answer{}, errors.New("the answer is too long")
		}
	}
	fields := strings.SplitN(string(raw), "\x00", 3)
	status, err := strconv.Atoi(fields[0])
	return answer{status, fields[1]}, err
}

const maxAnswer = 64 << 10

// Do runs a command in the shell.
func (sh *shell) Do(ctx context.Context, command string, timeout time.Duration) (sandbox.ShellResult, error) {
	switch {
	case sh.sandbox.dead != nil:
		return sandbox.ShellResult{}, sh.sandbox.dead
	case sh.released || sh.sandbox.shell != sh:
		return sandbox.ShellResult{}, &sandbox.LostError{Op: "use the shell", Err: errors.New("it was closed")}
	case strings.IndexByte(command, 0) >= 0:
		return sandbox.ShellResult{}, errors.New("sandbox: shell: a command has a NUL byte, which bash cannot read")
	}
	if sh.running == nil {
		if err := sh.start(); err != nil {
			return sandbox.ShellResult{}, err
		}
	}
	return sh.do(ctx, command, timeout)
}

func (sh *shell) do(ctx context.Context, command string, timeout time.Duration) (sandbox.ShellResult, error) {
	b := sh.running
	output := newCapture(b.output, sh.sandbox.spec.Limits.Output, nil)
	var reader sync.WaitGroup
	b.output.SetReadDeadline(time.Time{})
	reader.Go(output.read)
	type outcome struct {
		answer
		err error
	}
	answered := make(chan outcome, 1)
	started := time.Now()
	go func() {
		a, err := b.do(command)
		answered <- outcome{a, err}
	}()
	var deadline <-chan time.Time
	if timeout > 0 {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		deadline = timer.C
	}
	result := sandbox.ShellResult{Result: sandbox.Result{Class: sandbox.Exited, ExitCode: -1}}
	var end outcome
	ended := true
	select {
	case end = <-answered:
		ended = end.err != nil
	case <-b.ended:
	case <-deadline:
		result.Class = sandbox.Timeout
	case <-b.watch.exceeded():
		result.Class = sandbox.OutOfMemory
	case <-ctx.Done():
	}
	result.Wall = time.Since(started)
	if ended {
		status := sh.kill()
		result.Restarted = true
		if result.Class == sandbox.Exited {
			result.Class, result.ExitCode, result.Signal = status.class, status.code, status.signal
		}
	} else {
		sh.dir = end.dir
		result.ExitCode = end.status
		b.output.SetReadDeadline(time.Now().Add(drain)) // what was written before the answer is in the pipe already
	}
	reader.Wait()
	result.Output, result.Dropped, result.Dir = output.bytes(), output.dropped(), sh.dir
	if result.Class == sandbox.Exited && result.Dropped > 0 {
		result.Class = sandbox.OutputLimit
	}
	if ctx.Err() != nil {
		return sandbox.ShellResult{}, context.Cause(ctx)
	}
	return result, sh.sandbox.dead
}

// drain is how long output is still read after the answer.
const drain = time.Millisecond

// kill ends bash and everything else in the sandbox, and says how bash ended.
func (sh *shell) kill() (s struct {
	class        sandbox.Class
	code, signal int
}) {
	b := sh.running
	if b == nil {
		return s
	}
	sh.running = nil
	b.commands.Close()
	r := &running{sandbox: sh.sandbox, program: b.program, process: b.process, before: b.before, watch: b.watch, output: &capture{}}
	sh.sandbox.sweep()
	<-b.ended
	sh.sandbox.sweep()
	b.watch.stop()
	report, err := readAll(b.program.Program, b.report, reportSize)
	result := r.result(sandbox.Exited, report, err)
	s.class, s.code, s.signal = result.Class, result.ExitCode, result.Signal
	b.answers.Close()
	b.report.Close()
	time.AfterFunc(0, func() {})
	return s
}

// Close ends the shell and whatever it left running.
func (sh *shell) Close() error {
	if sh.released {
		return nil
	}
	sh.released = true
	sh.kill()
	if sh.sandbox.shell == sh {
		sh.sandbox.shell = nil
	}
	return nil
}

func (sh *shell) release() {}

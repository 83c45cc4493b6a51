package local

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/sandbox"
)

// A shell is a persistent bash. Commands come to it on descriptor 3, each ended
// by NUL; after each it answers its status and folder on descriptor 4. What the
// command prints goes elsewhere, so nothing it prints ends it.
type shell struct {
	sandbox *Sandbox
	dir     string // where bash is, or the next one starts
	bash    *bash  // nil: the next command starts one
	closed  bool
}

// A bash is one process of a shell.
type bash struct {
	*running
	commands *os.File
	answers  *os.File
	output   *os.File
}

// script is what bash runs. The command's own descriptors 3 and 4 are closed.
// $? is that of the last command.
const script = `ssr_last=0
ssr_status() { return "$ssr_last"; }
while IFS= read -r -d '' -u 3 ssr_command; do
ssr_status
eval "$ssr_command" 3<&- 4>&- </dev/null
ssr_last=$?
printf '%d\0%s\0' "$ssr_last" "$PWD" >&4
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

// start starts bash in the shell's folder, or in the work tree when that is gone.
func (sh *shell) start() error {
	err := sh.tryStart()
	if err != nil && sh.dir != sandbox.WorkDir && sh.sandbox.dead == nil {
		sh.dir = sandbox.WorkDir
		err = sh.tryStart()
	}
	return err
}

func (sh *shell) tryStart() error {
	var files pipes
	defer files.closeChildren()
	stdin := files.input(nil)
	stdout, output := files.output(0, nil)
	answers, ours := files.output(0, nil)
	commands, w, err := os.Pipe()
	if err = errors.Join(err, files.err); err != nil {
		files.close()
		return &sandbox.LostError{Op: "start bash", Err: err}
	}
	defer commands.Close()
	b := &bash{commands: w, answers: ours.file, output: output.file}
	cmd := sandbox.Cmd{Args: []string{"bash", "--norc", "--noprofile", "-c", script}, Dir: sh.dir}
	if b.running, err = sh.sandbox.launch(cmd, [3]*os.File{stdin, stdout, stdout}, []*os.File{commands, answers}); err != nil {
		b.close()
		return err
	}
	files.closeChildren()
	if a := b.ask(":"); a.err != nil {
		err := errors.Join(b.finish(), a.err, b.err)
		b.close()
		return &sandbox.LostError{Op: "start bash", Err: err}
	}
	sh.bash = b
	return nil
}

func (b *bash) close() {
	for _, file := range []*os.File{b.commands, b.answers, b.output} {
		file.Close()
	}
}

// An answer is what bash says after a command.
type answer struct {
	status int
	dir    string
	err    error // bash is gone, or no longer keeps to the protocol
}

// ask hands bash a command and reads its answer.
func (b *bash) ask(command string) answer {
	if _, err := b.commands.Write(append([]byte(command), 0)); err != nil {
		return answer{err: err}
	}
	var raw []byte
	buffer := make([]byte, maxAnswer)
	for bytes.Count(raw, []byte{0}) < 2 {
		n, err := b.answers.Read(buffer[:maxAnswer-len(raw)])
		if err != nil {
			return answer{err: err}
		}
		if raw = append(raw, buffer[:n]...); len(raw) == maxAnswer {
			return answer{err: errForged}
		}
	}
	fields := strings.SplitN(string(raw), "\x00", 3)
	status, err := strconv.Atoi(fields[0])
	if err != nil || fields[2] != "" {
		return answer{err: errForged}
	}
	return answer{status, fields[1], nil}
}

const maxAnswer = 16 << 10

// errForged says that a command wrote to where bash answers. It harms its own
// shell, which is ended.
var errForged = errors.New("the shell's answer is not its own")

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
	var files pipes
	output := &capture{file: b.output, limit: sh.sandbox.spec.Limits.Output}
	b.output.SetReadDeadline(time.Time{})
	files.readers.Go(output.read)
	answers := make(chan answer, 1)
	go func() { answers <- b.ask(command) }()
	timer, stop := after(timeout)
	defer stop()

	class := sandbox.Exited
	var a answer
	var ended <-chan struct{} // bash answers no more, but what it became runs on
	for waiting := true; waiting; {
		waiting = false
		select {
		case a = <-answers:
			if errors.Is(a.err, io.EOF) {
				waiting, ended = true, b.ended
			}
		case <-ended:
		case <-timer:
			class = sandbox.Timeout
		case <-b.watch.exceeded():
			class = sandbox.OutOfMemory
		case <-ctx.Done():
			class = 0
		}
	}
	result := sandbox.ShellResult{Restarted: class != sandbox.Exited || a.err != nil}
	if result.Restarted {
		if err := sh.stop(); err != nil {
			return sandbox.ShellResult{}, err
		}
		files.readers.Wait()
		b.close()
	} else {
		b.settle()
		files.readers.Wait()
	}
	if ctx.Err() != nil {
		return sandbox.ShellResult{}, context.Cause(ctx)
	}
	return sh.result(result, b, class, a, output, started)
}

// result classes what became of the command: what became of bash, if it ended.
func (sh *shell) result(result sandbox.ShellResult, b *bash, class sandbox.Class, a answer, output *capture, started time.Time) (_ sandbox.ShellResult, err error) {
	if result.Restarted {
		result.Result, err = b.result(class, output, &capture{})
	} else {
		sh.dir = a.dir
		result.Result = sandbox.Result{Class: class, ExitCode: a.status, Output: output.bytes(), Dropped: output.dropped()}
		b.exhausted(&result.Result)
	}
	result.Wall, result.Dir = time.Since(started), sh.dir
	return result, err
}

// settle ends the reading of output: what was written before the answer is in
// the pipe by now. Something in the background may print for ever.
func (b *bash) settle() {
	for limit := time.Now().Add(100 * time.Millisecond); pending(b.output) > 0 && time.Now().Before(limit); {
		time.Sleep(20 * time.Microsecond)
	}
	b.output.SetReadDeadline(time.Unix(1, 0))
}

// pending counts the bytes in a pipe.
func pending(file *os.File) (n int) {
	if conn, err := file.SyscallConn(); err == nil {
		conn.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	}
	return n
}

// stop ends bash and everything else in the sandbox.
func (sh *shell) stop() error {
	b := sh.bash
	sh.bash = nil
	b.commands.Close() // bash ends by itself, unless it runs something
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

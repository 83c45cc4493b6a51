package local

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/sandbox"
)

// A bash is one process of a shell, at the other end of a socket.
//
// It reads a command, ended by NUL, and a token from descriptor 3, and answers there
// with the token, the command's status and its folder. What a command prints goes
// elsewhere, so nothing it prints ends it. Its programs do not have the descriptor,
// cannot open a socket through /proc, and the kernel tells who wrote an answer. The
// token, which bash reads once the command is done, tells this answer
// from one that an earlier command left.
//
// Commands share the process with the protocol and can break it: by a function named
// builtin, an option, a trap. Within there is no defence whose name cannot be taken,
// so the engine looks from outside: see [bash.silent]. What a command defines in the
// shell is the shell from then on: a job in a subshell can still read a command away
// before bash does, by the number of the saved descriptor, and a program that traces
// bash can do anything. Nothing that is scored runs in a shell.
type bash struct {
	*running
	socket *os.File
	theirs string // what /proc calls bash's end of it
	pid    int32  // who answers
	output *os.File

	looks  int // in a row that found it silent
	unread int // bytes, when last looked at
}

// script is what bash runs. A command has no descriptor 3 while it runs. $? is that
// of the last command, set in a list that neither set -e nor an ERR trap heeds. The
// inner loop takes a break or continue that is in no loop of the command's own.
const script = `ssr_last=0
ssr_status() { return "$ssr_last"; }
readonly -f ssr_status
while IFS= builtin read -r -d '' -u 3 ssr_in; do
for ssr_in in "$ssr_in"; do
((!ssr_last)) || ssr_status && ((1))
builtin eval "$ssr_in" 3<&- </dev/null
done
ssr_last=$?
builtin read -r -N 8 -u 3 ssr_in || builtin exit 1
builtin printf '%s\0%d\0%s\0' "$ssr_in" "$ssr_last" "${PWD-}" >&3
done`

// startBash starts bash in dir.
func (s *Sandbox) startBash(dir string) (*bash, error) {
	var files pipes
	defer files.closeChildren()
	stdin := files.input(nil)
	stdout, output := files.output(0, nil)
	ours, socket, err := answerSocket()
	if err = errors.Join(err, files.err); err != nil {
		files.close()
		return nil, &sandbox.LostError{Op: "start bash", Err: err}
	}
	files.children = append(files.children, socket)
	b := &bash{socket: ours, output: output.file}
	b.theirs, _ = os.Readlink(fmt.Sprintf("/proc/self/fd/%d", socket.Fd()))
	cmd := sandbox.Cmd{Args: []string{"bash", "--norc", "--noprofile", "-c", script}, Dir: dir}
	if b.running, err = s.launch(cmd, [3]*os.File{stdin, stdout, stdout}, socket); err != nil {
		b.close()
		return nil, err
	}
	files.closeChildren()
	if a := b.ask(":"); a.err != nil {
		err := errors.Join(b.finish(), a.err, b.err)
		b.close()
		return nil, &sandbox.LostError{Op: "start bash", Err: err}
	}
	return b, nil
}

// answerSocket is a pair of sockets, ours of which the kernel tells who wrote to it.
func answerSocket() (ours, theirs *os.File, err error) {
	ours, theirs, err = socketPair()
	if err != nil {
		return nil, nil, err
	}
	return ours, theirs, control(ours, func(fd int) error { return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1) })
}

func (b *bash) close() {
	b.socket.Close()
	b.output.Close()
}

// An answer is what bash says after a command.
type answer struct {
	status int
	dir    string
	err    error // bash is gone, or no longer keeps to the protocol
}

// ask hands bash a command and reads its answer.
func (b *bash) ask(command string) answer {
	token := rand.Text()[:tokenSize]
	if _, err := b.socket.WriteString(command + "\x00" + token); err != nil {
		return answer{err: errNotRun}
	}
	var raw []byte
	for bytes.Count(raw, []byte{0}) < 3 {
		part, err := b.receive(maxAnswer - len(raw))
		if err != nil {
			return answer{err: err}
		}
		if raw = append(raw, part...); len(raw) == maxAnswer {
			return answer{err: errTooLong}
		}
	}
	fields := strings.SplitN(string(raw), "\x00", 4)
	status, err := strconv.Atoi(fields[1])
	if err != nil || fields[0] != token || fields[3] != "" {
		return answer{err: errForged}
	}
	return answer{status, fields[2], nil}
}

const (
	tokenSize = 8 // as in script; 40 bits, and a wrong one ends bash
	maxAnswer = 16 << 10
)

// receive reads at most n bytes that bash wrote itself. There is room for the
// writer's name and for nothing else that a message may carry, so no descriptor of
// a command's gets here.
func (b *bash) receive(n int) ([]byte, error) {
	conn, err := b.socket.SyscallConn()
	if err != nil {
		return nil, err
	}
	buffer, name := make([]byte, n), make([]byte, unix.CmsgSpace(unix.SizeofUcred))
	var named int
	var failed error
	err = conn.Read(func(fd uintptr) bool {
		n, named, _, _, failed = unix.Recvmsg(int(fd), buffer, name, unix.MSG_CMSG_CLOEXEC)
		return failed != unix.EAGAIN
	})
	switch err = cmp.Or(failed, err); {
	case errors.Is(err, unix.ECONNRESET): // bash ended and had not read all
		return nil, io.EOF
	case err != nil:
		return nil, err
	case n == 0:
		return nil, io.EOF
	}
	return buffer[:n], b.wroteBy(name[:named])
}

// wroteBy checks the name of a writer. The first to answer is bash, which has run
// no command then.
func (b *bash) wroteBy(name []byte) error {
	messages, err := unix.ParseSocketControlMessage(name)
	if err != nil || len(messages) != 1 {
		return errForged
	}
	writer, err := unix.ParseUnixCredentials(&messages[0])
	switch {
	case err != nil:
		return errForged
	case b.pid == 0:
		b.pid = writer.Pid
	case b.pid != writer.Pid:
		return errForged
	}
	return nil
}

package local

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// What is wrong with a shell that is ended for it. The command's output says it.
var (
	errForged  = errors.New("the shell was ended: something else than bash wrote where bash answers")
	errSilent  = errors.New("the shell was ended: it was in no command and did not answer; what was defined in it (a function, an option, a trap, a closed descriptor) stood in the way")
	errTooLong = errors.New("the shell was ended: the name of its folder is too long")
	errNotRun  = errors.New("the shell had ended before this command, which was not run")
)

// A bash is given maxLooks looks to answer once its command is over.
const (
	lookInterval = 500 * time.Millisecond
	maxLooks     = 4
)

// silent looks at a bash that owes an answer, and says whether it will never come:
// bash is in no command, reads nothing more of what it was sent, and has been found
// so several times.
func (b *bash) silent() bool {
	unread := b.sent()
	if !b.between() || unread != b.unread {
		b.looks = 0
	}
	b.looks, b.unread = b.looks+1, unread
	return b.looks > maxLooks
}

// between says whether bash is in no command: only then does it have its end of the
// socket as descriptor 3. A bash that cannot be looked at is in one.
func (b *bash) between() bool {
	name, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/3", b.pid))
	return err == nil && name == b.theirs
}

// sent is how much the kernel keeps of what bash has not read.
func (b *bash) sent() (n int) {
	if conn, err := b.socket.SyscallConn(); err == nil {
		conn.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.TIOCOUTQ) })
	}
	return n
}

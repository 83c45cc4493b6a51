package local

import (
	"errors"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// A capture reads a command's output to its end and keeps its head and tail.
type capture struct {
	file  *os.File
	limit int64 // bytes kept at most, half of them head
	live  func([]byte)
	ended chan struct{} // closed once nothing more is written
	head  []byte
	tail  []byte // a ring once it is full
	next  int    // where the ring continues
	total int64
}

func newCapture(file *os.File, limit int64, live func([]byte)) *capture {
	return &capture{file: file, limit: limit, live: live, ended: make(chan struct{})}
}

// outputPipe is a pipe whose reader is never woken: reading what is not there is
// EAGAIN. It is not in the runtime's poller, which each write would wake.
func outputPipe() (r, w *os.File, err error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, os.NewSyscallError("pipe2", err)
	}
	r, w = os.NewFile(uintptr(fds[0]), "output"), os.NewFile(uintptr(fds[1]), "output")
	return r, w, os.NewSyscallError("fcntl", unix.SetNonblock(fds[0], true))
}

// How long output waits to be read.
const (
	shortPause = time.Millisecond // after some
	longPause  = 16 * time.Millisecond
)

// read reads what is written until every writer has closed the file or, once the
// command has ended, what was written until then: a job in the background may print
// for ever. It looks now and then instead of being woken: tests print thousands of
// lines one by one, and would lose their processor to the engine at each.
func (c *capture) read() {
	buffer := make([]byte, 64<<10)
	for pause := shortPause; !c.over(pause); {
		switch n, err := c.take(buffer); {
		case n >= len(buffer)/2: // who prints much waits for no one
			pause = 0
		case n > 0:
			pause = shortPause
		case errors.Is(err, unix.EAGAIN):
			pause = min(2*max(pause, shortPause), longPause)
		default:
			return
		}
	}
	for left := pending(c.file); left > 0; {
		n, err := c.take(buffer[:min(left, len(buffer))])
		if err != nil {
			return
		}
		left -= n
	}
}

// over waits, and says whether the command has ended.
func (c *capture) over(pause time.Duration) bool {
	select {
	case <-c.ended:
		return true
	case <-time.After(pause):
		return false
	}
}

func (c *capture) take(buffer []byte) (int, error) {
	n, err := c.file.Read(buffer)
	if n > 0 {
		if c.live != nil {
			c.live(buffer[:n])
		}
		c.add(buffer[:n])
	}
	return n, err
}

// pending counts the bytes in a pipe.
func pending(file *os.File) (n int) {
	if conn, err := file.SyscallConn(); err == nil {
		conn.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	}
	return n
}

func (c *capture) add(data []byte) {
	c.total += int64(len(data))
	half := int(c.limit / 2)
	if room := half - len(c.head); room > 0 {
		n := min(room, len(data))
		c.head = append(c.head, data[:n]...)
		data = data[n:]
	}
	if len(data) > half {
		data = data[len(data)-half:]
	}
	if room := half - len(c.tail); room > 0 {
		n := min(room, len(data))
		c.tail = append(c.tail, data[:n]...)
		data = data[n:]
	}
	for len(data) > 0 {
		n := copy(c.tail[c.next:], data)
		c.next = (c.next + n) % len(c.tail)
		data = data[n:]
	}
}

// dropped counts the bytes between head and tail.
func (c *capture) dropped() int64 {
	return c.total - int64(len(c.head)) - int64(len(c.tail))
}

// bytes is all of the output, or its head and tail.
func (c *capture) bytes() []byte {
	return slices.Concat(c.head, c.tail[c.next:], c.tail[:c.next])
}

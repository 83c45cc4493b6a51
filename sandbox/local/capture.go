package local

import (
	"os"
	"slices"
)

// A capture reads a command's output to its end and keeps its head and tail.
type capture struct {
	file  *os.File
	limit int64 // bytes kept at most, half of them head
	live  func([]byte)
	head  []byte
	tail  []byte // a ring once it is full
	next  int    // where the ring continues
	total int64
}

// read drains the file until every writer has closed it.
func (c *capture) read() {
	buffer := make([]byte, 64<<10)
	for {
		n, err := c.file.Read(buffer)
		if n > 0 {
			if c.live != nil {
				c.live(buffer[:n])
			}
			c.add(buffer[:n])
		}
		if err != nil {
			return
		}
	}
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

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

const mebi = 1 << 20

var resourceAttacks = map[string]func([]string){
	"memory-anon":   memoryAnon,
	"memory-many":   memoryMany,
	"memory-tmpfs":  memoryTmpfs,
	"memory-memfd":  memoryMemfd,
	"memory-sysv":   memorySysV,
	"memory-pipes":  memoryPipes,
	"descriptors":   descriptors,
	"inotify":       inotify,
	"ptys":          ptys,
	"print":         printBytes,
	"print-forever": func([]string) { printForever() },
	"escapes":       func([]string) { os.Stdout.WriteString("\x1b[2J\x1b]0;owned\x07\x1b[6n\x00\xff\r\n") },
	"stdin":         readStdin,
	"terminal":      terminal,
}

// hold keeps what was taken for a while, so that a limit that looks from time
// to time sees it, and is a breach when nothing happened.
func hold(what string, limit int) {
	time.Sleep(2 * time.Second)
	breach("%s: %d MiB are held", what, limit)
}

// memoryAnon takes as many MiB as its argument says.
func memoryAnon(args []string) {
	n := number(args)
	for range n {
		touch(mebi)
	}
	hold("anonymous memory", n)
}

func touch(size int) {
	page, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		limited("mmap: %v", err)
	}
	for i := 0; i < len(page); i += 4096 {
		page[i] = 1
	}
}

// memoryMany takes it in processes that are each small.
func memoryMany(args []string) {
	for range 16 {
		_, err := spawn(nil, nil, "memory-anon", strconv.Itoa(number(args)/16))
		must(err)
	}
	for range 16 {
		var status unix.WaitStatus
		if _, err := unix.Wait4(-1, &status, 0, nil); err == nil && status.Signaled() {
			limited("a child was killed by %v", status.Signal())
		}
	}
	breach("16 processes hold %d MiB", number(args))
}

func memoryTmpfs(args []string) {
	for _, dir := range []string{"/dev/shm", "/tmp"} {
		f, err := os.Create(dir + "/memory")
		must(err)
		fill(f, number(args), dir)
	}
	hold("files in tmpfs", 2*number(args))
}

func memoryMemfd(args []string) {
	fd, err := unix.MemfdCreate("memory", 0)
	must(err)
	fill(os.NewFile(uintptr(fd), "memfd"), number(args), "memfd")
	hold("an unmapped memfd", number(args))
}

func fill(f *os.File, n int, what string) {
	chunk := bytes.Repeat([]byte{1}, mebi)
	for i := range n {
		if _, err := f.Write(chunk); err != nil {
			limited("%s after %d MiB: %v", what, i, err)
		}
	}
}

func memorySysV(args []string) {
	const segment = 16
	for i := range number(args) / segment {
		id, err := unix.SysvShmGet(0, segment*mebi, unix.IPC_CREAT|0o600)
		if err != nil {
			limited("shmget after %d MiB: %v", i*segment, err)
		}
		data, err := unix.SysvShmAttach(id, 0, 0)
		if err != nil {
			limited("shmat after %d MiB: %v", i*segment, err)
		}
		for j := 0; j < len(data); j += 4096 {
			data[j] = 1
		}
		must(unix.SysvShmDetach(data)) // out of every process's count
	}
	hold("detached System V segments", number(args))
}

// memoryPipes fills pipes; the kernel's own limit per user must be in force.
func memoryPipes(args []string) {
	total := 0
	chunk := make([]byte, mebi)
	for total < number(args)*mebi {
		var ends [2]int
		if err := unix.Pipe2(ends[:], unix.O_NONBLOCK); err != nil {
			fmt.Printf("pipe after %d KiB: %v\n", total>>10, err)
			return
		}
		unix.FcntlInt(uintptr(ends[1]), unix.F_SETPIPE_SZ, mebi)
		n, err := unix.Write(ends[1], chunk)
		if err != nil {
			fmt.Printf("write after %d KiB: %v\n", total>>10, err)
			return
		}
		total += n
	}
	breach("pipes hold %d MiB", total/mebi)
}

// descriptors opens until it is refused; its argument is what is allowed.
func descriptors(args []string) {
	unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 1 << 20, Max: 1 << 20})
	for n := 0; ; n++ {
		if _, err := unix.Open("/dev/null", unix.O_RDONLY, 0); err != nil {
			fmt.Printf("%d descriptors: %v\n", n, err)
			return
		}
		if n > number(args) {
			breach("%d descriptors are open", n)
			return
		}
	}
}

func inotify([]string) {
	for n := range 100_000 {
		if _, err := unix.InotifyInit(); err != nil {
			fmt.Printf("%d inotify instances: %v\n", n, err)
			return
		}
	}
	breach("100000 inotify instances")
}

func ptys([]string) {
	for n := range 100_000 {
		if _, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY, 0); err != nil {
			fmt.Printf("%d terminals: %v\n", n, err)
			return
		}
	}
	breach("100000 terminals")
}

// printBytes writes as many MiB as its argument says, without a newline, as
// NULs between a head and a tail that the test knows.
func printBytes(args []string) {
	os.Stdout.WriteString("HEAD")
	chunk := make([]byte, mebi)
	for range number(args) {
		if _, err := os.Stdout.Write(chunk); err != nil {
			untried("write: %v", err)
		}
	}
	os.Stdout.WriteString("TAIL")
	os.Exit(0)
}

func printForever() {
	chunk := bytes.Repeat([]byte("y\n"), mebi/2)
	for {
		os.Stdout.Write(chunk)
	}
}

func readStdin([]string) {
	data, err := io.ReadAll(os.Stdin)
	must(err)
	if len(data) > 0 {
		breach("standard input has %d bytes", len(data))
	}
}

// terminal looks for one, and tries to type into whatever it has.
func terminal([]string) {
	if fd, err := unix.Open("/dev/tty", unix.O_RDWR, 0); err == nil {
		breach("/dev/tty is open as %d", fd)
	}
	for fd := range 10 {
		key := byte('x')
		err := ioctlBytes(fd, unix.TIOCSTI, &key)
		refused(err, "TIOCSTI types into descriptor %d", fd)
		if _, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err == nil {
			breach("descriptor %d is a terminal with job control", fd)
		}
	}
}

func number(args []string) int {
	if len(args) == 0 {
		untried("an argument is missing")
	}
	n, err := strconv.Atoi(args[0])
	must(err)
	return n
}

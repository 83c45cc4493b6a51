package main

import (
	"golang.org/x/sys/unix"
)

// int80 makes a system call of 32-bit programs, whose numbers are others.
func int80(number, a, b, c uint32) int32

// foreignCalls makes the calls that a filter for one architecture would miss.
func foreignCalls([]string) {
	const getpid, socket32, keyctl32, unshare32 = 20, 359, 288, 310
	for name, number := range map[string]uint32{"getpid": getpid, "keyctl": keyctl32, "unshare": unshare32} {
		if answer := int80(number, 0, 0, 0); answer >= 0 {
			breach("int 0x80: %s answers %d", name, answer)
		}
	}
	if answer := int80(socket32, 40, 1, 0); answer >= 0 {
		breach("int 0x80: a vsock socket is open")
	}
	const x32 = 0x40000000
	for name, number := range map[string]uintptr{"getpid": unix.SYS_GETPID, "keyctl": unix.SYS_KEYCTL, "bpf": unix.SYS_BPF, "io_uring_setup": unix.SYS_IO_URING_SETUP} {
		_, _, errno := unix.RawSyscall(x32|number, 0, 0, 0)
		if errno == 0 || errno == unix.EFAULT || errno == unix.EINVAL {
			breach("x32: %s answers %v", name, errno)
		}
	}
}

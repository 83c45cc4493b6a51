package main

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The key by which two sandboxes would meet.
const meeting = 0x5353

var channelAttacks = map[string]func([]string){
	"lock":     lock,
	"locked":   locked,
	"keys":     keys,
	"ipc-make": ipcMake,
	"ipc-find": ipcFind,
	"calls":    calls,
	"foreign":  foreignCalls,
}

func ioctlBytes(fd int, request uintptr, p *byte) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(unsafe.Pointer(p)))
	if errno == 0 {
		return nil
	}
	return errno
}

// lock holds every kind of lock on the files named, until it is killed.
func lock(paths []string) {
	for _, path := range paths {
		fd, err := unix.Open(path, unix.O_RDONLY, 0)
		must(err)
		if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
			fmt.Printf("%s: flock: %v\n", path, err)
		}
		record := unix.Flock_t{Type: unix.F_RDLCK}
		if err := unix.FcntlFlock(uintptr(fd), unix.F_SETLK, &record); err != nil {
			fmt.Printf("%s: record lock: %v\n", path, err)
		}
		unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_RDLCK)
	}
	fmt.Println("locked")
	sleep(nil)
}

// locked is a breach when another sandbox's lock on the files named is felt.
func locked(paths []string) {
	for _, path := range paths {
		fd, err := unix.Open(path, unix.O_RDONLY, 0)
		must(err)
		if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err == unix.EWOULDBLOCK {
			breach("%s is locked by another sandbox", path)
		}
	}
}

// keys reaches for the kernel's keyrings, which know no namespace of ours.
func keys([]string) {
	_, err := unix.AddKey("user", "ssr-meeting", []byte("x"), unix.KEY_SPEC_USER_KEYRING)
	refused(err, "a key is added to the user's keyring")
	_, err = unix.AddKey("user", "ssr-meeting", []byte("x"), unix.KEY_SPEC_SESSION_KEYRING)
	refused(err, "a key is added to the session's keyring")
	_, err = unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_SESSION_KEYRING, true)
	refused(err, "the user's session keyring is there")
	_, err = unix.RequestKey("user", "ssr-meeting", "", unix.KEY_SPEC_USER_KEYRING)
	refused(err, "a key is found")
}

// ipcMake leaves System V objects for another sandbox to find.
func ipcMake([]string) {
	_, err := unix.SysvShmGet(meeting, 4096, unix.IPC_CREAT|0o666)
	fmt.Println("shared memory:", err)
	_, _, errno := unix.Syscall(unix.SYS_MSGGET, meeting, unix.IPC_CREAT|0o666, 0)
	fmt.Println("messages:", errno)
	_, _, errno = unix.Syscall(unix.SYS_SEMGET, meeting, 1, unix.IPC_CREAT|0o666)
	fmt.Println("semaphores:", errno)
	os.WriteFile("/dev/shm/ssr-meeting", []byte("x"), 0o666)
	os.WriteFile("/tmp/ssr-meeting", []byte("x"), 0o666)
	name := bytes0("ssr-meeting")
	_, _, errno = unix.Syscall6(unix.SYS_MQ_OPEN, uintptr(unsafe.Pointer(name)), unix.O_CREAT|unix.O_RDWR, 0o666, 0, 0, 0)
	fmt.Println("message queue:", errno)
	fmt.Println("made")
	sleep(nil)
}

func ipcFind([]string) {
	_, err := unix.SysvShmGet(meeting, 0, 0)
	refused(err, "another sandbox's shared memory is found")
	_, _, errno := unix.Syscall(unix.SYS_MSGGET, meeting, 0, 0)
	if errno == 0 {
		breach("another sandbox's message queue is found")
	}
	_, _, errno = unix.Syscall(unix.SYS_SEMGET, meeting, 0, 0)
	if errno == 0 {
		breach("another sandbox's semaphore is found")
	}
	for _, path := range []string{"/dev/shm/ssr-meeting", "/tmp/ssr-meeting"} {
		_, err := os.Stat(path)
		refused(err, "another sandbox's %s is found", path)
	}
	name := bytes0("ssr-meeting")
	_, _, errno = unix.Syscall6(unix.SYS_MQ_OPEN, uintptr(unsafe.Pointer(name)), unix.O_RDWR, 0, 0, 0, 0)
	if errno == 0 {
		breach("another sandbox's POSIX queue is found")
	}
}

// calls makes the system calls that hostile code has the most use for. A bad
// argument answers EFAULT or EINVAL only where the call itself is allowed.
func calls([]string) {
	allowed := func(errno unix.Errno) bool { return errno == 0 || errno == unix.EFAULT || errno == unix.EINVAL }
	for name, number := range map[string]uintptr{
		"io_uring_setup": unix.SYS_IO_URING_SETUP, "bpf": unix.SYS_BPF, "perf_event_open": unix.SYS_PERF_EVENT_OPEN,
		"userfaultfd": unix.SYS_USERFAULTFD, "open_by_handle_at": unix.SYS_OPEN_BY_HANDLE_AT, "add_key": unix.SYS_ADD_KEY,
		"keyctl": unix.SYS_KEYCTL, "request_key": unix.SYS_REQUEST_KEY, "kexec_load": unix.SYS_KEXEC_LOAD,
		"init_module": unix.SYS_INIT_MODULE, "finit_module": unix.SYS_FINIT_MODULE, "fanotify_init": unix.SYS_FANOTIFY_INIT,
		"quotactl": unix.SYS_QUOTACTL, "acct": unix.SYS_ACCT, "reboot": unix.SYS_REBOOT, "swapoff": unix.SYS_SWAPOFF,
		"settimeofday": unix.SYS_SETTIMEOFDAY, "io_uring_register": unix.SYS_IO_URING_REGISTER,
	} {
		_, _, errno := unix.Syscall6(number, 0, 0, 0, 0, 0, 0)
		if allowed(errno) {
			breach("%s is allowed: %v", name, errno)
		}
	}
}

package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// plenty is more processes than any test's limit allows.
const plenty = 1000

var processAttacks = map[string]func([]string){
	"fork-bomb":       forkBomb,
	"thread-bomb":     threadBomb,
	"daemon":          daemon,
	"daemon-stdout":   daemonStdout,
	"ignore-signals":  ignoreSignals,
	"stop":            func([]string) { must(unix.Kill(os.Getpid(), unix.SIGSTOP)); sleep(nil) },
	"kill-all":        killAll,
	"signal-init":     signalInit,
	"foreign-process": foreignProcess,
	"starve-init":     starveInit,
	"exec-loop":       execLoop,
	"zombies":         zombies,
	"storm":           storm,
	"namespaces":      namespaces,
	"sleep":           sleep,
	"exit":            func([]string) { os.Exit(0) },
	"tick":            tick,
	"spin":            spin,
}

func forkBomb([]string) {
	for n := range plenty {
		if _, err := spawn(nil, nil, "sleep"); err != nil {
			limited("%d processes: %v", n, err)
		}
	}
	breach("%d processes run", plenty)
}

// threadBomb makes threads; the runtime itself crashes when one is refused.
func threadBomb([]string) {
	for range plenty {
		started := make(chan bool)
		go func() {
			runtime.LockOSThread()
			close(started)
			unix.Pause()
		}()
		<-started
	}
	breach("%d threads run", plenty)
}

// daemon leaves a process behind that has left session, group and parent.
func daemon(args []string) {
	files := []uintptr{} // nothing of ours is held open
	if len(args) == 0 {
		_, err := spawn(&syscall.SysProcAttr{Setsid: true}, files, "daemon", "child")
		must(err)
		time.Sleep(50 * time.Millisecond)
		return
	}
	_, err := spawn(&syscall.SysProcAttr{Setsid: true}, files, "tick")
	must(err)
	os.Exit(0)
}

func daemonStdout([]string) {
	_, err := spawn(&syscall.SysProcAttr{Setsid: true}, nil, "tick")
	must(err)
	time.Sleep(50 * time.Millisecond)
}

// tick proves that it lives, on standard output and in the work folder.
func tick([]string) {
	ignoreAll()
	for n := 0; ; n++ {
		os.Stdout.WriteString("tick\n")
		os.WriteFile("/work/tick", []byte(strconv.Itoa(n)), 0o644)
		time.Sleep(time.Millisecond)
	}
}

func ignoreAll() {
	for n := 1; n <= 64; n++ {
		signal.Ignore(syscall.Signal(n))
	}
}

func ignoreSignals([]string) {
	ignoreAll()
	fmt.Println("ready")
	spin(nil)
}

func killAll([]string) {
	for n := 1; n <= 64; n++ {
		unix.Kill(-1, unix.Signal(n))
	}
}

// signalInit sends every signal to PID 1, which must be there afterwards.
func signalInit([]string) {
	for n := 1; n <= 64; n++ {
		unix.Kill(1, unix.Signal(n))
		unix.Syscall(unix.SYS_TKILL, 1, uintptr(n), 0)
		unix.Syscall(unix.SYS_TGKILL, 1, 1, uintptr(n))
	}
	time.Sleep(20 * time.Millisecond)
	if err := unix.Kill(1, 0); err == unix.ESRCH {
		breach("PID 1 is gone")
	}
}

// foreignProcess tries to get into every process that is not its own.
func foreignProcess([]string) {
	tried := 0
	for _, pid := range visible() {
		if pid == os.Getpid() {
			continue
		}
		tried++
		refused(call(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(pid)), "ptrace seizes pid %d (%s)", pid, comm(pid))
		refused(call(unix.SYS_PTRACE, unix.PTRACE_ATTACH, uintptr(pid)), "ptrace attaches to pid %d (%s)", pid, comm(pid))
		refused(readMemory(pid), "process_vm_readv reads pid %d (%s)", pid, comm(pid))
		refused(takeDescriptor(pid), "pidfd_getfd takes a descriptor of pid %d (%s)", pid, comm(pid))
		_, err := unix.Open(fmt.Sprintf("/proc/%d/mem", pid), unix.O_RDWR, 0)
		refused(err, "/proc/%d/mem (%s) is open for writing", pid, comm(pid))
	}
	if tried == 0 {
		fmt.Println("no foreign process is visible")
	}
}

// readMemory reads the other's memory at an address that is ours; what counts
// is whether permission is denied, not whether something is mapped there.
func readMemory(pid int) error {
	var here [8]byte
	local := unix.Iovec{Base: &here[0], Len: 8}
	remote := unix.RemoteIovec{Base: uintptr(unsafe.Pointer(&here[0])), Len: 8}
	_, err := unix.ProcessVMReadv(pid, []unix.Iovec{local}, []unix.RemoteIovec{remote}, 0)
	if err == unix.EFAULT {
		return nil // allowed, and nothing there
	}
	return err
}

func takeDescriptor(pid int) error {
	pidfd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return err
	}
	defer unix.Close(pidfd)
	for fd := range 8 {
		if _, err = unix.PidfdGetfd(pidfd, fd, 0); err == nil || err == unix.EBADF {
			return nil // EBADF: allowed, and no such descriptor
		}
	}
	return err
}

// starveInit takes resources from whatever runs as PID 1.
func starveInit([]string) {
	for resource := range 16 {
		limit := unix.Rlimit{}
		refused(unix.Prlimit(1, resource, &limit, nil), "prlimit sets limit %d of PID 1 to 0", resource)
	}
	var none unix.CPUSet
	none.Set(0)
	refused(unix.SchedSetaffinity(1, &none), "sched_setaffinity binds PID 1")
	refused(unix.Setpriority(unix.PRIO_PROCESS, 1, 19), "setpriority slows PID 1")
}

// execLoop replaces itself until it is killed.
func execLoop([]string) {
	must(syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
}

func zombies([]string) {
	for n := range plenty {
		if _, err := spawn(nil, nil, "exit"); err != nil {
			limited("%d zombies: %v", n, err)
		}
	}
}

// storm clones as fast as it can, in every process it makes.
func storm([]string) {
	ignoreAll()
	for {
		if _, err := spawn(&syscall.SysProcAttr{Setsid: true}, nil, "storm"); err != nil {
			var status unix.WaitStatus
			unix.Wait4(-1, &status, unix.WNOHANG, nil)
		}
	}
}

// namespaces tries every way to a new or another namespace.
func namespaces([]string) {
	kinds := map[string]uintptr{
		"user": unix.CLONE_NEWUSER, "mnt": unix.CLONE_NEWNS, "pid": unix.CLONE_NEWPID, "net": unix.CLONE_NEWNET,
		"ipc": unix.CLONE_NEWIPC, "uts": unix.CLONE_NEWUTS, "cgroup": unix.CLONE_NEWCGROUP, "time": unix.CLONE_NEWTIME,
	}
	for name, flag := range kinds {
		refused(call(unix.SYS_UNSHARE, flag), "unshare makes a %s namespace", name)
		if flag != unix.CLONE_NEWTIME { // for clone these bits are the exit signal
			refused(call(unix.SYS_UNSHARE, flag|unix.CLONE_NEWUSER), "unshare makes a user and a %s namespace", name)
			refused(clone(flag), "clone makes a %s namespace", name)
			refused(clone(flag|unix.CLONE_NEWUSER), "clone makes a user and a %s namespace", name)
		}
		refused(clone3(flag), "clone3 makes a %s namespace", name)
		fd, err := unix.Open("/proc/1/ns/"+name, unix.O_RDONLY, 0)
		if err == nil {
			refused(call(unix.SYS_SETNS, uintptr(fd), 0), "setns enters the %s namespace of PID 1", name)
		}
		if fd, err := unix.Open("/proc/self/ns/"+name, unix.O_RDONLY, 0); err == nil {
			refused(call(unix.SYS_SETNS, uintptr(fd), 0), "setns enters a %s namespace", name)
		}
	}
}

//go:norace
func clone(flags uintptr) error {
	pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, flags|uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno == 0 && pid == 0 {
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
	if errno != 0 {
		return errno
	}
	return childError(int(pid))
}

//go:norace
func clone3(flags uintptr) error {
	args := [11]uint64{0: uint64(flags), 4: uint64(unix.SIGCHLD)}
	pid, _, errno := unix.RawSyscall(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&args)), 64, 0)
	if errno == 0 && pid == 0 {
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
	if errno != 0 {
		return errno
	}
	return childError(int(pid))
}

func sleep([]string) {
	for {
		time.Sleep(time.Hour)
	}
}

func spin([]string) {
	for range 3 {
		go func() {
			for {
			}
		}()
	}
	for {
	}
}

// visible lists the processes in /proc.
func visible() []int {
	dir, err := os.ReadDir("/proc")
	must(err)
	var pids []int
	for _, entry := range dir {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

func comm(pid int) string {
	name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return string(name[:max(len(name)-1, 0)])
}

// Attack is the hostile program that the conformance suite runs inside a
// sandbox: one subcommand for each attack, made of system calls, so that no
// shell or tool stands between the attack and the kernel.
//
// A subcommand ends with status 0 and "held" when all it tried was refused, 1
// and a line "BREACH …" for each thing it could do, 2 when it could not try,
// 3 when a limit stopped it.
//
// The first argument is a mark, unique to the test; everything the program
// starts carries it, so that the test can look for survivors on the host.
package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	statusHeld    = 0
	statusBreach  = 1
	statusUntried = 2
	statusLimited = 3
)

var attacks = map[string]func(args []string){}

func init() {
	for _, table := range []map[string]func([]string){
		processAttacks, resourceAttacks, diskAttacks, fileAttacks, overlayAttacks, secretAttacks, networkAttacks, channelAttacks,
	} {
		maps.Copy(attacks, table)
	}
}

var (
	mark     string
	breached bool
)

func main() {
	if len(os.Args) < 3 || attacks[os.Args[2]] == nil {
		fmt.Fprintln(os.Stderr, "usage: attack MARK", strings.Join(slices.Sorted(maps.Keys(attacks)), "|"), "[ARG…]")
		os.Exit(statusUntried)
	}
	mark = os.Args[1]
	attacks[os.Args[2]](os.Args[3:])
	end()
}

// end tells the test how it went.
func end() {
	if breached {
		os.Exit(statusBreach)
	}
	fmt.Println("held")
	os.Exit(statusHeld)
}

func breach(format string, args ...any) {
	breached = true
	fmt.Printf("BREACH "+format+"\n", args...)
}

// refused reports a breach when err is nil: what was done succeeded.
func refused(err error, format string, args ...any) {
	if err == nil {
		breach(format, args...)
	}
}

// limited ends the program because a limit stopped it, as a program that
// fails for lack of something does.
func limited(format string, args ...any) {
	fmt.Printf("limited: "+format+"\n", args...)
	os.Exit(statusLimited)
}

func untried(format string, args ...any) {
	fmt.Printf("untried: "+format+"\n", args...)
	os.Exit(statusUntried)
}

func must(err error) {
	if err != nil {
		untried("%v", err)
	}
}

// spawn starts this program again with another subcommand.
func spawn(attr *syscall.SysProcAttr, files []uintptr, args ...string) (pid int, err error) {
	if files == nil {
		files = []uintptr{0, 1, 2}
	}
	argv := append([]string{os.Args[0], mark}, args...)
	return syscall.ForkExec("/proc/self/exe", argv, &syscall.ProcAttr{Env: os.Environ(), Files: files, Sys: attr})
}

// call makes one system call in a forked child and returns its error there: for
// calls that change the process, or that the kernel refuses to one with several
// threads, as every Go program is. The child does nothing else, so that it needs
// nothing of the runtime, which did not come along.
//
//go:norace
func call(number uintptr, args ...uintptr) error {
	var a [6]uintptr
	copy(a[:], args)
	pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno == 0 && pid == 0 {
		_, _, errno := unix.RawSyscall6(number, a[0], a[1], a[2], a[3], a[4], a[5])
		unix.RawSyscall(unix.SYS_EXIT_GROUP, uintptr(errno), 0, 0)
	}
	if errno != 0 {
		untried("fork: %v", errno)
	}
	return childError(int(pid))
}

// childError waits for a child whose status is the number of its error.
func childError(pid int) error {
	var status unix.WaitStatus
	for {
		_, err := unix.Wait4(pid, &status, 0, nil)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EINTR) {
			untried("wait: %v", err)
		}
	}
	switch {
	case status.Signaled():
		return fmt.Errorf("killed by %v", status.Signal())
	case status.ExitStatus() == 0:
		return nil
	}
	return unix.Errno(status.ExitStatus())
}

package local

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// System calls that commands are refused. Most would fail anyway for want of a
// capability; they are refused first because each has been the way into the
// kernel before. ptrace stays: debuggers are tests, too.
var (
	forbidden = []string{
		"mount", "umount2", "pivot_root", "chroot", "fsopen", "fsconfig", "fsmount", "fspick",
		"move_mount", "open_tree", "mount_setattr", "swapon", "swapoff", "quotactl", "quotactl_fd",
		"setns", "bpf", "perf_event_open", "userfaultfd", "open_by_handle_at", "fanotify_init",
		"add_key", "keyctl", "request_key", "kexec_load", "kexec_file_load", "init_module",
		"finit_module", "delete_module", "reboot", "acct", "syslog", "iopl", "ioperm",
		"lookup_dcookie", "vhangup", "clock_settime", "settimeofday", "nfsservctl",
	}
	// absent are answered as by a kernel without them, so that programs fall
	// back: clone3 hides its flags from a filter, io_uring evades it.
	absent = []string{"clone3", "io_uring_setup", "io_uring_enter", "io_uring_register"}

	// unbounded make memory that belongs to no process, so that only a cgroup
	// can count it.
	unbounded = []string{"memfd_create", "memfd_secret", "shmget"}

	namespaces = []uint64{unix.CLONE_NEWNS, unix.CLONE_NEWUSER, unix.CLONE_NEWPID, unix.CLONE_NEWNET,
		unix.CLONE_NEWIPC, unix.CLONE_NEWUTS, unix.CLONE_NEWCGROUP, unix.CLONE_NEWTIME}

	// families are the sockets that exist inside; others, AF_VSOCK first of
	// all, ignore network namespaces.
	families = []uint64{unix.AF_UNIX, unix.AF_INET, unix.AF_INET6, unix.AF_NETLINK}
)

// filter returns the commands' seccomp filter as the kernel takes it: an array
// of struct sock_filter. Without a cgroup, unbounded calls are absent too.
func filter(cgroup bool) ([]byte, error) {
	if cgroup {
		return filterWithCgroup()
	}
	return filterWithout()
}

var (
	filterWithCgroup = sync.OnceValues(func() ([]byte, error) { return assembleFilter(absent) })
	filterWithout    = sync.OnceValues(func() ([]byte, error) { return assembleFilter(slices.Concat(absent, unbounded)) })
)

func assembleFilter(absent []string) ([]byte, error) {
	machine, err := arch.GetInfo("")
	if err != nil {
		return nil, fmt.Errorf("seccomp: %w", err)
	}
	known := func(names []string) (list []string) {
		for _, name := range names {
			if _, ok := machine.SyscallNames[name]; ok {
				list = append(list, name)
			}
		}
		return list
	}
	var denied []seccomp.NameWithConditions
	for _, flag := range namespaces {
		for _, name := range []string{"clone", "unshare"} {
			denied = append(denied, seccomp.NameWithConditions{Name: name,
				Conditions: seccomp.ArgumentConditions{{Argument: 0, Operation: seccomp.BitsSet, Value: flag}}})
		}
	}
	var otherFamily seccomp.ArgumentConditions
	for _, family := range families {
		otherFamily = append(otherFamily, seccomp.Condition{Argument: 0, Operation: seccomp.NotEqual, Value: family})
	}
	policy := seccomp.Policy{
		DefaultAction: seccomp.ActionAllow,
		Syscalls: []seccomp.SyscallGroup{
			{Names: known(absent), Action: errno(unix.ENOSYS)},
			{Names: known(forbidden), NamesWithCondtions: denied, Action: errno(unix.EPERM)},
			{NamesWithCondtions: []seccomp.NameWithConditions{{Name: "socket", Conditions: otherFamily}},
				Action: errno(unix.EAFNOSUPPORT)},
		},
	}
	body, err := policy.Assemble()
	if err != nil {
		return nil, fmt.Errorf("seccomp: %w", err)
	}
	raw, err := bpf.Assemble(slices.Concat(prologue(machine), body))
	if err != nil {
		return nil, fmt.Errorf("seccomp: %w", err)
	}
	var out []byte
	for _, i := range raw {
		out = binary.NativeEndian.AppendUint16(out, i.Op)
		out = append(out, i.Jt, i.Jf)
		out = binary.NativeEndian.AppendUint32(out, i.K)
	}
	return out, nil
}

func errno(e unix.Errno) seccomp.Action { return 0x00050000 | seccomp.Action(e) } // SECCOMP_RET_ERRNO

// prologue refuses what the library's policy lets through: calls of a foreign
// architecture (it applies its default to them), and arguments that the kernel
// reads as 32 bits where the library compares 64: terminal injection, and what
// would starve PID 1, which has the commands' user.
func prologue(machine *arch.Info) []bpf.Instruction {
	const architecture = 4 // in struct seccomp_data
	program := []bpf.Instruction{
		bpf.LoadAbsolute{Off: architecture, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(machine.ID), SkipTrue: 1},
		bpf.RetConstant{Val: uint32(errno(unix.ENOSYS))},
	}
	for _, refused := range []struct {
		call, argument int
		value          uint32
	}{
		{unix.SYS_IOCTL, 1, unix.TIOCSTI},
		{unix.SYS_IOCTL, 1, unix.TIOCLINUX},
		{unix.SYS_PRLIMIT64, 0, 1},
		{unix.SYS_SCHED_SETAFFINITY, 0, 1},
		{unix.SYS_SCHED_SETSCHEDULER, 0, 1},
		{unix.SYS_SCHED_SETPARAM, 0, 1},
		{unix.SYS_SCHED_SETATTR, 0, 1},
		{unix.SYS_SETPRIORITY, 1, 1},
		{unix.SYS_IOPRIO_SET, 1, 1},
	} {
		program = append(program, refuse(refused.call, refused.argument, refused.value)...)
	}
	return program
}

// refuse fails a call whose argument has a value in its low 32 bits.
func refuse(call, argument int, value uint32) []bpf.Instruction {
	const number, arguments = 0, 16 // in struct seccomp_data, on machines that store the low half first
	return []bpf.Instruction{
		bpf.LoadAbsolute{Off: number, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(call), SkipTrue: 3},
		bpf.LoadAbsolute{Off: arguments + 8*uint32(argument), Size: 4},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: value, SkipTrue: 1},
		bpf.RetConstant{Val: uint32(errno(unix.EPERM))},
	}
}

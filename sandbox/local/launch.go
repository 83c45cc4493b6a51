package local

import (
	"encoding/binary"
	"math"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local/internal/sysprog"
)

// A launcher's report: the command's wait status and its struct rusage.
const (
	statusSize = 8
	usageSize  = 144
	reportSize = statusSize + usageSize
)

// enter adds the steps that join the sandbox of the init whose pidfd is firstFD,
// first of all its cgroup, which only root outside can. In its user namespace
// every power is there, and nothing of it outside.
func (s *Sandbox) enter(b builder, flags uintptr) {
	b.Call("name", unix.SYS_PRCTL, sysprog.Const(unix.PR_SET_NAME), b.String("ssr-launch"))
	b.Call("hide", unix.SYS_PRCTL, sysprog.Const(unix.PR_SET_DUMPABLE), sysprog.Const(0))
	b.Call("close the program", unix.SYS_CLOSE, sysprog.Const(selfFD))
	if s.cgroup != nil {
		for _, dir := range s.cgroup.dirs {
			open := b.Call("open the cgroup", unix.SYS_OPENAT, cwd, b.String(dir+"/cgroup.procs"), sysprog.Const(unix.O_WRONLY))
			b.Call("join the cgroup", unix.SYS_WRITE, open.Result(), b.String("0"), sysprog.Const(1))
			b.Call("close the cgroup", unix.SYS_CLOSE, open.Result())
		}
	}
	b.Call("join the sandbox", unix.SYS_SETNS, sysprog.Const(firstFD), sysprog.Const(flags))
	b.Call("close the sandbox", unix.SYS_CLOSE, sysprog.Const(firstFD))
	if s.provider.root {
		id := sysprog.Const(insideID)
		b.Call("setgroups", unix.SYS_SETGROUPS, sysprog.Const(0), sysprog.Const(0))
		b.Call("setresgid", unix.SYS_SETRESGID, id, id, id)
		b.Call("setresuid", unix.SYS_SETRESUID, id, id, id)
		b.Call("hide again", unix.SYS_PRCTL, sysprog.Const(unix.PR_SET_DUMPABLE), sysprog.Const(0))
	}
}

// launchProgram starts a command: it joins the sandbox, makes the commands' root
// its own, forks the command into the PID namespace, waits for it and reports.
// System V IPC is the command's alone, since nothing else would drop it. For a
// shell, one more descriptor becomes 3 of the command.
func (s *Sandbox) launchProgram(cmd sandbox.Cmd, env []string, shell bool) (builder, error) {
	b := builder{&sysprog.Program{}}
	s.enter(b, namespaceFlags(s.spec.Network))
	b.Call("own mounts and IPC", unix.SYS_UNSHARE, sysprog.Const(unix.CLONE_NEWNS|unix.CLONE_NEWIPC))
	b.Call("enter the root", unix.SYS_CHDIR, b.String("/r"))
	b.pivot()
	command := &sysprog.Label{}
	usage := b.Space(reportSize)
	b.Call("fork", unix.SYS_CLONE, sysprog.Const(int(unix.SIGCHLD))).IfZero(command)
	for fd := range 3 {
		b.Call("close", unix.SYS_CLOSE, sysprog.Const(fd)).Try()
	}
	if shell {
		b.Call("close", unix.SYS_CLOSE, sysprog.Const(firstFD+1)).Try()
	}
	b.Call("wait", unix.SYS_WAIT4, sysprog.Const(-1), usage, sysprog.Const(unix.WALL), usage.Plus(statusSize))
	b.Call("report", unix.SYS_WRITE, sysprog.Const(reportFD), usage, sysprog.Const(reportSize))
	b.Call("end", unix.SYS_EXIT_GROUP, sysprog.Const(0))
	b.Place(command)
	return b, s.command(b, cmd, env, shell)
}

// command adds the steps that give up every power and become the command.
func (s *Sandbox) command(b builder, cmd sandbox.Cmd, env []string, shell bool) error {
	b.Call("new session", unix.SYS_SETSID)
	b.Call(enterStep(cmd), unix.SYS_CHDIR, b.String(cmd.Dir))
	b.Call("close the report on exec", unix.SYS_FCNTL, sysprog.Const(reportFD), sysprog.Const(unix.F_SETFD), sysprog.Const(unix.FD_CLOEXEC))
	report := reportFD
	if shell { // the shell's descriptor becomes 3, the report moves away
		report = firstFD + 2
		b.Call("move the report", unix.SYS_DUP3, sysprog.Const(reportFD), sysprog.Const(report), sysprog.Const(unix.O_CLOEXEC))
		b.Call("socket", unix.SYS_DUP3, sysprog.Const(firstFD+1), sysprog.Const(3), sysprog.Const(0))
		b.Call("close", unix.SYS_CLOSE, sysprog.Const(firstFD+1))
	}
	b.closeFrom(report + 1)
	b.killFirst()
	b.defaultSignals()
	b.Call("umask", unix.SYS_UMASK, sysprog.Const(0o022)).Try()
	for _, limit := range s.rlimits() {
		b.Call("limit "+limit.name, unix.SYS_PRLIMIT64, sysprog.Const(0), sysprog.Const(limit.resource),
			b.Pointers(sysprog.Const(limit.value), sysprog.Const(limit.value)), sysprog.Const(0))
	}
	b.Call("no new privileges", unix.SYS_PRCTL, sysprog.Const(unix.PR_SET_NO_NEW_PRIVS), sysprog.Const(1), sysprog.Const(0), sysprog.Const(0), sysprog.Const(0))
	b.dropCapabilities()
	rules, err := filter(s.cgroup != nil)
	if err != nil {
		return err
	}
	program := b.Pointers(sysprog.Const(len(rules)/8), b.Bytes(rules)) // struct sock_fprog
	b.Call("seccomp", unix.SYS_SECCOMP, sysprog.Const(unix.SECCOMP_SET_MODE_FILTER), sysprog.Const(0), program)
	b.exec(cmd, env)
	return nil
}

// The steps that fail by the fault of what is asked for.
func runStep(cmd sandbox.Cmd) string   { return "run " + cmd.Args[0] }
func enterStep(cmd sandbox.Cmd) string { return "enter " + cmd.Dir }

type rlimit struct {
	name     string
	resource int
	value    uint64
}

func (s *Sandbox) rlimits() []rlimit {
	list := []rlimit{
		{"core dumps", unix.RLIMIT_CORE, 0},
		{"descriptors", unix.RLIMIT_NOFILE, uint64(s.spec.Limits.OpenFiles)},
		{"locked memory", unix.RLIMIT_MEMLOCK, 8 << 20},
		{"message queues", unix.RLIMIT_MSGQUEUE, 800 << 10},
		{"pending signals", unix.RLIMIT_SIGPENDING, 4096},
		{"priority", unix.RLIMIT_NICE, 0},
		{"real time", unix.RLIMIT_RTPRIO, 0},
	}
	if s.cgroup == nil { // counted in the sandbox's user namespace alone
		list = append(list, rlimit{"processes", unix.RLIMIT_NPROC, uint64(s.spec.Limits.PIDs)})
	}
	return list
}

// closeFrom closes what a careless parent of the engine left open.
func (b builder) closeFrom(fd int) {
	b.Call("close the rest", unix.SYS_CLOSE_RANGE, sysprog.Const(fd), sysprog.Const(uint32(math.MaxUint32)), sysprog.Const(0))
}

// killFirst makes the command the first to go when the machine has no memory.
func (b builder) killFirst() {
	open := b.Call("open oom_score_adj", unix.SYS_OPENAT, cwd, b.String("/proc/self/oom_score_adj"), sysprog.Const(unix.O_WRONLY|unix.O_CLOEXEC)).Try()
	b.Call("set oom_score_adj", unix.SYS_WRITE, open.Result(), b.String("1000"), sysprog.Const(4)).Try()
	b.Call("close oom_score_adj", unix.SYS_CLOSE, open.Result()).Try()
}

// defaultSignals undoes what the engine ignores or blocks.
func (b builder) defaultSignals() {
	action := b.Space(32)
	for signal := 1; signal <= 64; signal++ {
		b.Call("default signals", unix.SYS_RT_SIGACTION, sysprog.Const(signal), action, sysprog.Const(0), sysprog.Const(8)).Try()
	}
	const setMask = 2 // SIG_SETMASK
	b.Call("unblock signals", unix.SYS_RT_SIGPROCMASK, sysprog.Const(setMask), action, sysprog.Const(0), sysprog.Const(8))
}

func (b builder) dropCapabilities() {
	b.Call("clear ambient capabilities", unix.SYS_PRCTL, sysprog.Const(unix.PR_CAP_AMBIENT), sysprog.Const(unix.PR_CAP_AMBIENT_CLEAR_ALL), sysprog.Const(0), sysprog.Const(0), sysprog.Const(0))
	for c := 0; c <= unix.CAP_LAST_CAP; c++ {
		b.Call("drop capabilities", unix.SYS_PRCTL, sysprog.Const(unix.PR_CAPBSET_DROP), sysprog.Const(c), sysprog.Const(0), sysprog.Const(0), sysprog.Const(0)).Try()
	}
	header := b.Bytes(binary.NativeEndian.AppendUint32(nil, unix.LINUX_CAPABILITY_VERSION_3))
	b.Space(8)
	b.Call("drop capabilities", unix.SYS_CAPSET, header, b.Space(24))
}

// exec becomes the command, looked up in PATH unless its name has a slash.
func (b builder) exec(cmd sandbox.Cmd, env []string) {
	args := cmd.Args
	candidates := []string{args[0]}
	if !strings.Contains(args[0], "/") {
		candidates = nil
		for _, variable := range env {
			if list, ok := strings.CutPrefix(variable, "PATH="); ok {
				for dir := range strings.SplitSeq(list, ":") {
					candidates = append(candidates, dir+"/"+args[0])
				}
			}
		}
	}
	argv, envp := b.Strings(args), b.Strings(env)
	for i, path := range candidates {
		step := b.Call(runStep(cmd), unix.SYS_EXECVE, b.String(path), argv, envp)
		if i < len(candidates)-1 {
			step.Try()
		}
	}
}

// resetProgram drops what commands wrote, beside the init.
func (s *Sandbox) resetProgram() builder {
	b := builder{&sysprog.Program{}}
	s.enter(b, unix.CLONE_NEWUSER|unix.CLONE_NEWNS)
	b.Call("umask", unix.SYS_UMASK, sysprog.Const(0)).Try()
	b.unwritable()
	b.writable(s.plan, s.spec.Limits)
	b.Call("end", unix.SYS_EXIT_GROUP, sysprog.Const(0))
	return b
}

// Package local makes sandboxes on a plain Linux machine, as root or as an
// ordinary user, without a daemon and without a program of its own.
//
// A sandbox is a set of namespaces (user, mount, PID, network, IPC, UTS, cgroup)
// around an overlay of layers whose top is a tmpfs with a quota. The processes
// that build it and start commands in it are lists of system calls, see
// internal/sysprog: an init that mounts everything and kills on request
// (init.go), a launcher per command that enters the namespaces, gives up every
// power and becomes the command, and one that drops what commands wrote
// (launch.go). None of them runs code of ours after it has let a command in
// but the init, which reads one byte, kills, waits and answers; it has no signal
// handler, cannot be signalled from inside, and its memory cannot be read.
//
// As root, commands run as a reserved user that owns nothing on the host but
// layers, and a cgroup bounds memory and processes. As an ordinary user they run
// as that user, in a user namespace that limits processes itself; memory is
// watched (watch.go), and what no watch can see is refused (seccomp.go).
//
// Renaming a folder of a lower layer fails with EXDEV, as everywhere in
// overlays without redirects: mv and Go's and Python's tools copy instead.
//
// Two sandboxes that are open at the same time share the inodes of /usr, of the
// toolchains and of /dev/null and its like, read-only: a lock that one takes on
// such a file the other can feel. Everything else they see is their own.
//
// Left out: a weak mode by Landlock alone, for machines without user namespaces;
// upper layers on disk, for commands that write more than memory holds; checking
// what a setup command downloads.
package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local/internal/sysprog"
)

// Options say how a provider differs from the default.
type Options struct {
	// Toolchains are further folders to mount read-only, at the same place
	// inside. Those of Go, Python and Node.js on the PATH are found.
	Toolchains []string
}

// A Provider makes sandboxes out of namespaces. It is safe for concurrent use.
type Provider struct {
	root     bool
	binds    []bind
	links    []bind
	etc      map[string][]byte // files of /etc
	env      []string
	versions []string // of the toolchains
	cgroups  *cgroups // nil: none can be made
	owned    sync.Map // folders whose files belong to the reserved user
}

// New looks at the machine: its system folders, its toolchains, its cgroups. It
// makes no sandbox; see [Probe] for what the machine can guarantee.
func New(options Options) (*Provider, error) {
	p := &Provider{root: os.Geteuid() == 0, etc: map[string][]byte{}}
	tools, err := findToolchains(options.Toolchains)
	if err != nil {
		return nil, err
	}
	p.system()
	p.binds = append(p.binds, tools.binds...)
	p.env, p.versions = tools.env, tools.versions
	if p.root {
		p.cgroups = findCgroups()
	}
	return p, nil
}

// Identity tells the toolchains' versions and places, and the system's release.
func (p *Provider) Identity() string {
	release, _ := os.ReadFile("/etc/os-release")
	return fmt.Sprintf("local %s %q %q %q", runtime.GOARCH, p.versions, p.env, release)
}

// system collects the binds that every sandbox has.
func (p *Provider) system() {
	for _, dir := range systemFolders {
		info, err := os.Lstat(dir)
		switch {
		case err != nil:
		case info.Mode()&os.ModeSymlink != 0:
			if target, err := os.Readlink(dir); err == nil {
				p.links = append(p.links, bind{host: target, inside: dir})
			}
		case info.IsDir():
			p.binds = append(p.binds, bind{host: dir, inside: dir})
		}
	}
	for _, name := range etcOfHost {
		at := "/etc/" + name
		if info, err := os.Stat(at); err == nil && info.IsDir() {
			p.binds = append(p.binds, bind{host: at, inside: at})
		} else if data, err := os.ReadFile(at); err == nil {
			p.etc[name] = data
		}
	}
	for _, name := range devices {
		p.binds = append(p.binds, bind{host: "/dev/" + name, inside: "/dev/" + name, file: true})
	}
}

// Default limits, see [sandbox.Limits].
const (
	defaultMemory    = 4 << 30
	defaultPIDs      = 1024
	defaultDisk      = 2 << 30
	defaultInodes    = 500_000
	defaultOpenFiles = 4096
	defaultChanges   = 200_000
	defaultOutput    = 16 << 20
)

func withDefaults(l sandbox.Limits) sandbox.Limits {
	for _, field := range []struct {
		value    *int64
		standard int64
	}{{&l.Memory, defaultMemory}, {&l.Disk, defaultDisk}, {&l.Inodes, defaultInodes}, {&l.Output, defaultOutput}} {
		if *field.value == 0 {
			*field.value = field.standard
		}
	}
	l.PIDs = cmp.Or(l.PIDs, defaultPIDs)
	l.OpenFiles = cmp.Or(l.OpenFiles, defaultOpenFiles)
	l.Changes = cmp.Or(l.Changes, defaultChanges)
	return l
}

// New makes a sandbox.
func (p *Provider) New(ctx context.Context, spec sandbox.Spec) (sandbox.Sandbox, error) {
	s, err := p.new(ctx, spec)
	if err != nil {
		return nil, err // a nil *Sandbox would be a Sandbox that is not nil
	}
	return s, nil
}

func (p *Provider) new(ctx context.Context, spec sandbox.Spec) (_ *Sandbox, err error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	spec.Limits = withDefaults(spec.Limits)
	if err := p.check(&spec); err != nil {
		return nil, err
	}
	s := &Sandbox{provider: p, spec: spec}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.plan, err = p.plan(spec); err != nil {
		return nil, err
	}
	defer s.plan.close()
	if p.cgroups != nil {
		if s.cgroup, err = p.cgroups.make(spec.Limits); err != nil {
			return nil, err
		}
	}
	return s, s.boot(ctx)
}

// check refuses a spec that makes no sense or asks for what cannot be given.
func (p *Provider) check(spec *sandbox.Spec) error {
	l := spec.Limits
	if l.Memory < 0 || l.PIDs < 0 || l.Disk < 0 || l.Inodes < 0 || l.OpenFiles < 0 || l.Changes < 0 || l.Output < 0 {
		return fmt.Errorf("sandbox: a limit is negative: %+v; zero takes the default", l)
	}
	for name := range spec.Files {
		if !filepath.IsLocal(name) || strings.ContainsAny(name, "/\x00") || name == "." || len(name) > 255 {
			return fmt.Errorf("sandbox: %q cannot be a file of %s: its name must be one plain name", name, sandbox.FileDir)
		}
	}
	if spec.Require == 0 {
		spec.Require = sandbox.AllGuarantees
		if spec.Network {
			spec.Require &^= sandbox.NetworkIsolated
		}
	}
	if spec.Network && spec.Require&sandbox.NetworkIsolated != 0 {
		return &sandbox.GuaranteeError{Missing: sandbox.NetworkIsolated, Cause: "the sandbox is to have the host's network",
			Remedy: "Leave out Network, or do not require the guarantee."}
	}
	return nil
}

// namespaces are what a sandbox has of its own.
func namespaceFlags(network bool) uintptr {
	flags := uintptr(unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP)
	if !network {
		flags |= unix.CLONE_NEWNET
	}
	return flags
}

// powers are the init's, in its user namespace: to mount, to raise lo, to kill;
// the others are used by overlays, which copy files up in the name of whoever
// mounted them.
var powers = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_KILL,
	unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_FSETID, unix.CAP_CHOWN, unix.CAP_MKNOD}

// attr is how the init is started: in new namespaces, as the inside user, with
// the powers to mount and to kill that it has there.
func (p *Provider) attr(network bool, pidfd *int) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{
		Cloneflags:  namespaceFlags(network),
		UidMappings: []syscall.SysProcIDMap{{ContainerID: insideID, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: insideID, HostID: os.Getegid(), Size: 1}},
		AmbientCaps: powers,
		PidFD:       pidfd,
		Setsid:      true,
	}
	if p.root {
		attr.UidMappings[0].HostID, attr.GidMappings[0].HostID = reservedID, reservedID
		attr.GidMappingsEnableSetgroups = true
		attr.Credential = &syscall.Credential{Uid: insideID, Gid: insideID}
	}
	return attr
}

// boot starts the init and waits until it is ready.
func (s *Sandbox) boot(ctx context.Context) error {
	program := s.provider.initProgram(s.spec, s.plan)
	control, theirs, err := socketPair()
	if err != nil {
		return err
	}
	defer theirs.Close()
	s.control = control
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	pidfd := -1
	s.init, err = start("ssr-init", program, [3]*os.File{null, null, null}, theirs, s.plan.opened,
		s.provider.attr(s.spec.Network, &pidfd))
	if err != nil {
		return s.provider.refused(err)
	}
	s.pidfd = os.NewFile(uintptr(pidfd), "pidfd")
	theirs.Close()
	stop := context.AfterFunc(ctx, func() { control.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	report := make([]byte, sysprog.FailureSize)
	n, err := control.Read(report)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err == nil {
		_, err = decode(program, report[:n], len(ready))
	}
	if _, ok := errors.AsType[*sysprog.Failure](err); ok {
		return s.provider.refused(err)
	}
	if err != nil {
		return &sandbox.LostError{Op: "start the init", Err: err}
	}
	return nil
}

// refused explains why this machine made no sandbox.
func (p *Provider) refused(err error) error {
	return &sandbox.GuaranteeError{Missing: sandbox.AllGuarantees, Cause: err.Error(), Remedy: remedy(err)}
}

func socketPair() (ours, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("socketpair: %w", err)
	}
	if err := unix.SetNonblock(fds[0], true); err != nil {
		return nil, nil, fmt.Errorf("socketpair: %w", err)
	}
	return os.NewFile(uintptr(fds[0]), "control"), os.NewFile(uintptr(fds[1]), "control"), nil
}

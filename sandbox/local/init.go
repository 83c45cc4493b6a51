package local

import (
	"bytes"
	"encoding/binary"
	"maps"
	"os"
	"path"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local/internal/sysprog"
)

// The commands' user and group inside. On the host it is the engine's own, or
// reservedID when the engine is root: root's files stay root's.
const (
	insideID   = 1000
	reservedID = 1<<30 + 0x535352 // "SSR"; no account has it, /etc/subuid ends far below
)

// A bind is a place of the host that is mounted read-only inside.
type bind struct {
	host   string
	inside string
	file   bool // a file, not a folder
}

// late says whether what the bind is mounted over is made anew by every reset.
func (b bind) late() bool { return inside(b.inside, writableFolders) }

// initProgram is the first process of a sandbox: it mounts everything, says so,
// and then ends all other processes whenever it is asked to.
//
// Mounts are made in a tmpfs that becomes the root:
//
//	/l/N   layers, read-only; /l/new: the changes of the tree; /l/late-N: binds
//	       that stand in folders which commands may write to
//	/u     the tmpfs of whatever commands write
//	/r     the commands' root
//
// Commands never see /l and /u: each launcher makes /r its root in a mount
// namespace of its own (launch.go).
func (p *Provider) initProgram(spec sandbox.Spec, plan *plan) *sysprog.Program {
	b := builder{&sysprog.Program{}}
	b.Call("name", unix.SYS_PRCTL, sysprog.Const(unix.PR_SET_NAME), b.String("ssr-init"))
	b.Call("hide", unix.SYS_PRCTL, sysprog.Const(unix.PR_SET_DUMPABLE), sysprog.Const(0))
	b.Call("close the program", unix.SYS_CLOSE, sysprog.Const(selfFD))
	b.Call("umask", unix.SYS_UMASK, sysprog.Const(0)).Try()
	b.ignoreChildren()
	if !spec.Network {
		b.loopback()
	}
	b.Call("host name", unix.SYS_SETHOSTNAME, b.String("sandbox"), sysprog.Const(len("sandbox")))
	trees := b.sources(plan)
	b.mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	b.mount("tmpfs", "/tmp", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755")
	b.Call("enter the stage", unix.SYS_CHDIR, b.String("/tmp"))
	for _, dir := range []string{"l", "l/none", "l/new", "u", "r"} {
		b.mkdir(dir, 0o755)
	}
	for i := range plan.layers {
		b.mkdir(plan.layerName(i)[1:], 0o755)
		b.attach(trees[i], plan.layerName(i)[1:], unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV)
	}
	if spec.Tree != nil {
		b.changes("l/new", spec.Tree)
	}
	b.root(spec, plan, trees[len(plan.layers):])
	b.pivot()
	b.writable(plan, spec.Limits)
	b.mount("none", "/r", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID, "")
	b.closeFrom(selfFD)
	b.serve()
	return b.Program
}

// ignoreChildren lets the kernel reap orphans.
func (b builder) ignoreChildren() {
	const ignore = 1 // SIG_IGN
	action := b.Bytes(append(binary.LittleEndian.AppendUint64(nil, ignore), make([]byte, 24)...))
	b.Call("ignore children", unix.SYS_RT_SIGACTION, sysprog.Const(int(unix.SIGCHLD)), action, sysprog.Const(0), sysprog.Const(8))
}

// loopback raises lo, the only interface of a new network namespace.
func (b builder) loopback() {
	request := make([]byte, 40) // struct ifreq
	copy(request, "lo")
	binary.NativeEndian.PutUint16(request[16:], unix.IFF_UP|unix.IFF_RUNNING)
	socket := b.Call("socket", unix.SYS_SOCKET, sysprog.Const(unix.AF_INET), sysprog.Const(unix.SOCK_DGRAM), sysprog.Const(0))
	b.Call("raise lo", unix.SYS_IOCTL, socket.Result(), sysprog.Const(unix.SIOCSIFFLAGS), b.Bytes(request))
	b.Call("close socket", unix.SYS_CLOSE, socket.Result())
}

// sources opens the layers, then the binds, as detached mounts. The engine has
// opened them already when it is root, because the reserved user may not look
// into the folders above them.
func (b builder) sources(plan *plan) (trees []sysprog.Arg) {
	for i, host := range plan.sources() {
		if plan.opened != nil {
			trees = append(trees, sysprog.Const(firstFD+i))
		} else {
			trees = append(trees, b.tree(host))
		}
	}
	return trees
}

// root builds the commands' root at r.
func (b builder) root(spec sandbox.Spec, plan *plan, trees []sysprog.Arg) {
	b.mount("tmpfs", "r", "tmpfs", unix.MS_NOSUID, "mode=755")
	made := map[string]bool{}
	for _, dir := range []string{sandbox.WorkDir, sandbox.HomeDir, sandbox.FileDir, "/tmp", "/proc", "/etc", "/var",
		"/run", "/dev/pts", "/dev/shm"} {
		b.folders("r", dir[1:], made)
	}
	b.symlink("../tmp", "r/var/tmp")
	for _, link := range plan.links {
		b.folders("r", path.Dir(link.inside[1:]), made)
		b.symlink(link.host, "r"+link.inside)
	}
	b.devices()
	for name, data := range sorted(plan.etc) {
		b.folders("r", path.Dir("etc/"+name), made)
		b.write("r/etc/"+name, 0o644, data)
	}
	for name, file := range sorted(spec.Files) {
		b.file("r"+sandbox.FileDir+"/"+name, file)
	}
	for i, bind := range plan.binds {
		target := bind.inside[1:]
		if bind.late() {
			b.mkdir(plan.lateName(i)[1:], 0o755)
			b.attach(trees[i], plan.lateName(i)[1:], unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV)
			continue
		}
		attributes := uint64(unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID)
		if bind.file {
			b.folders("r", path.Dir(target), made)
			b.write("r/"+target, 0o444, nil)
		} else {
			b.folders("r", target, made)
		}
		if path.Dir(bind.inside) != "/dev" {
			attributes |= unix.MOUNT_ATTR_NODEV
		}
		b.attach(trees[i], "r/"+target, attributes)
	}
	b.proc()
}

// devices makes /dev but for the device files, which are binds.
func (b builder) devices() {
	b.mount("devpts", "r/dev/pts", "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620")
	for name, target := range sorted(map[string]string{"ptmx": "pts/ptmx", "fd": "/proc/self/fd",
		"stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}) {
		b.symlink(target, "r/dev/"+name)
	}
}

// devices are bound from the host.
var devices = []string{"null", "zero", "full", "random", "urandom", "tty"}

// proc mounts /proc of the sandbox's own processes. What tells of the host or
// steers it is hidden or read-only, even from those who could not write to it.
func (b builder) proc() {
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	b.mount("proc", "r/proc", "proc", flags, "")
	for _, dir := range []string{"sys", "irq", "bus", "fs", "scsi", "acpi"} {
		at, next := "r/proc/"+dir, &sysprog.Label{}
		b.mount(at, at, "", unix.MS_BIND, "").IfNegative(next)
		b.mount("none", at, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|flags, "")
		b.Place(next)
	}
	for _, file := range []string{"keys", "key-users", "latency_stats", "timer_list"} {
		b.mount("r/dev/null", "r/proc/"+file, "", unix.MS_BIND, "").Try()
	}
}

// serve says that the sandbox is ready. Then, for each byte it is sent, it kills
// every other process of the sandbox, waits until they are gone, and answers. It
// ends, and all with it, when the engine's end of the descriptor is closed.
//
// kill(-1) from the first process reaches every other one, atomically: a process
// in the middle of fork sees the signal before it has a child. What the kernel
// has reparented by then is waited for, too.
func (b builder) serve() {
	end, wait := &sysprog.Label{}, &sysprog.Label{}
	buffer := b.Space(8)
	b.Call("ready", unix.SYS_WRITE, sysprog.Const(reportFD), b.String("ready"), sysprog.Const(len(ready)))
	loop := b.Here()
	b.Call("listen", unix.SYS_READ, sysprog.Const(reportFD), buffer, sysprog.Const(1)).IfZero(end).IfNegative(end)
	b.Call("kill", unix.SYS_KILL, sysprog.Const(-1), sysprog.Const(int(unix.SIGKILL))).Try()
	b.Place(wait)
	b.Call("wait", unix.SYS_WAIT4, sysprog.Const(-1), sysprog.Const(0), sysprog.Const(unix.WALL), sysprog.Const(0)).IfPositive(wait).IfZero(wait).Try()
	b.Call("answer", unix.SYS_WRITE, sysprog.Const(reportFD), buffer, sysprog.Const(1)).Then(loop)
	b.Place(end)
	b.Call("end", unix.SYS_EXIT_GROUP, sysprog.Const(0))
}

const ready = "ready"

// etc is what programs expect of /etc that is the same on every machine.
func etc(host map[string][]byte, network bool) map[string][]byte {
	files := map[string][]byte{
		"passwd":        []byte("root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:" + sandbox.HomeDir + ":/bin/bash\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
		"group":         []byte("root:x:0:\nuser:x:1000:\nnogroup:x:65534:\n"),
		"hosts":         []byte("127.0.0.1 localhost sandbox\n::1 localhost sandbox\n"),
		"hostname":      []byte("sandbox\n"),
		"nsswitch.conf": []byte("passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n"),
		"resolv.conf":   nil,
	}
	maps.Copy(files, host)
	if network {
		for _, name := range []string{"resolv.conf", "hosts"} {
			if data, err := os.ReadFile("/etc/" + name); err == nil {
				files[name] = bytes.Clone(data)
			}
		}
	}
	return files
}

// etcOfHost is taken from the host where it exists: what links and libraries of
// /usr point to, certificates, names of protocols. No secret is among it. Folders
// are bound, files copied.
var etcOfHost = []string{"alternatives", "ssl/certs", "ssl/openssl.cnf", "pki/tls/certs", "pki/ca-trust",
	"crypto-policies", "ld.so.cache", "ld.so.conf", "mime.types", "protocols", "services"}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

var systemFolders = []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store"}

// inside says whether path is one of folders or in one.
func inside(path string, folders []string) bool {
	return slices.ContainsFunc(folders, func(dir string) bool {
		return path == dir || len(path) > len(dir) && path[:len(dir)] == dir && path[len(dir)] == '/'
	})
}

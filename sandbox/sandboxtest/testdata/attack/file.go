package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

var fileAttacks = map[string]func([]string){
	"escape":   escape,
	"swap":     swap,
	"mounts":   mounts,
	"writable": writableElsewhere,
	"special":  special,
	"devices":  devices,
	"dev":      listDev,
	"setuid":   setuid,
	"whoami":   whoami,
	"sealed":   sealed,
	"hash":     hash,
	"wreck":    wreck,
}

// escape reaches for a file of the host by every kind of path.
func escape(args []string) {
	target := args[0]
	up := strings.Repeat("../", 40) + target[1:]
	for _, path := range []string{target, up, "/work/" + up, "/proc/self/root" + target, "/proc/self/cwd/" + up, "/dev/fd/../../" + up} {
		if _, err := os.ReadFile(path); err == nil {
			breach("%s is read", path)
		}
		if err := os.WriteFile(path, []byte("overwritten"), 0o644); err == nil {
			fmt.Printf("%s is written, inside\n", path) // the test looks whether the host's was
		}
	}
	must(os.Symlink(target, "/work/to-file"))
	must(os.Symlink(up, "/work/to-up"))
	must(os.Symlink(filepath.Dir(target), "/work/to-folder"))
	os.WriteFile("/work/to-file", []byte("overwritten"), 0o644)
	for _, old := range []string{target, "/etc/passwd", "/bin/sh", "/files/attack", "/proc/self/exe", "/proc/1/exe"} {
		if err := os.Link(old, "/work/hard"); err == nil {
			breach("%s is hard-linked into the work folder", old)
			os.Remove("/work/hard")
		}
	}
}

// swap exchanges a file, a link and a folder under one name until it is killed.
func swap(args []string) {
	ignoreAll()
	target := args[0]
	os.MkdirAll("/work/swap.dir", 0o755)
	os.WriteFile("/work/swap.dir/canary", []byte("inside"), 0o644)
	for {
		os.Remove("/work/swap")
		os.WriteFile("/work/swap", []byte("inside"), 0o644)
		os.Remove("/work/swap")
		os.Symlink(target, "/work/swap")
		os.Remove("/work/swap")
		os.Rename("/work/swap.dir", "/work/swap")
		os.Rename("/work/swap", "/work/swap.dir")
		os.Symlink(filepath.Dir(target), "/work/swap")
	}
}

// mounts tries every call that changes what is mounted where.
func mounts([]string) {
	os.MkdirAll("/tmp/there/old", 0o755)
	there, tmpfs, slash, empty := bytes0("/tmp/there"), bytes0("tmpfs"), bytes0("/"), bytes0("")
	at := func(s *byte) uintptr { return uintptr(unsafe.Pointer(s)) }
	refused(call(unix.SYS_MOUNT, at(tmpfs), at(there), at(tmpfs), 0, 0), "mount makes a tmpfs")
	refused(call(unix.SYS_MOUNT, at(bytes0("proc")), at(there), at(bytes0("proc")), 0, 0), "mount makes a proc")
	refused(call(unix.SYS_MOUNT, at(slash), at(there), 0, unix.MS_BIND|unix.MS_REC, 0), "mount binds /")
	for _, dir := range []string{"/", "/files", "/work", "/usr", "/proc", "/dev"} {
		refused(call(unix.SYS_MOUNT, 0, at(bytes0(dir)), 0, unix.MS_REMOUNT|unix.MS_BIND, 0), "%s is remounted", dir)
		refused(call(unix.SYS_UMOUNT2, at(bytes0(dir)), unix.MNT_DETACH), "%s is unmounted", dir)
		refused(call(unix.SYS_CHROOT, at(bytes0(dir))), "chroot to %s", dir)
	}
	refused(call(unix.SYS_PIVOT_ROOT, at(there), at(bytes0("/tmp/there/old"))), "pivot_root")
	refused(call(unix.SYS_FSOPEN, at(tmpfs), 0), "fsopen")
	refused(call(unix.SYS_FSPICK, ^uintptr(99), at(slash), 0), "fspick")
	const cloneTree = 1
	refused(call(unix.SYS_OPEN_TREE, ^uintptr(99), at(slash), cloneTree), "open_tree clones /")
	refused(call(unix.SYS_MOVE_MOUNT, ^uintptr(99), at(bytes0("/work")), ^uintptr(99), at(there), 0), "move_mount")
	attr := unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}
	refused(call(unix.SYS_MOUNT_SETATTR, ^uintptr(99), at(slash), 0, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr)), "mount_setattr")
	refused(call(unix.SYS_SWAPON, at(empty), 0), "swapon")
}

func bytes0(s string) *byte {
	p, err := unix.BytePtrFromString(s)
	must(err)
	return p
}

// writableElsewhere looks for a folder or file that can be written and is not
// the sandbox's own.
func writableElsewhere([]string) {
	filepath.WalkDir("/", func(path string, entry fs.DirEntry, err error) error {
		if slices.Contains(writable, path) || path == "/proc" || path == "/dev" {
			return filepath.SkipDir
		}
		if err == nil && entry.Type()&fs.ModeSymlink == 0 && unix.Access(path, unix.W_OK) == nil {
			breach("%s (%v) can be written", path, entry.Type())
		}
		return nil
	})
}

// special puts what is not a file where files are expected.
func special([]string) {
	must(unix.Mkfifo("/work/fifo", 0o644))
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	must(err)
	must(unix.Bind(fd, &unix.SockaddrUnix{Name: "/work/socket"}))
	must(os.Symlink("/work/loop", "/work/loop"))
	must(os.Symlink(strings.Repeat("x", 4000), "/work/far"))
	must(os.Symlink("fifo", "/work/to-fifo"))
}

// devices makes device files, and opens those that it could make.
func devices([]string) {
	for _, dir := range writable {
		for name, mode := range map[string]uint32{"block": unix.S_IFBLK, "char": unix.S_IFCHR} {
			for _, dev := range []uint64{unix.Mkdev(1, 1), unix.Mkdev(1, 3), unix.Mkdev(8, 0), unix.Mkdev(254, 0), unix.Mkdev(10, 232)} {
				path := filepath.Join(dir, name)
				if unix.Mknod(path, mode|0o666, int(dev)) != nil {
					continue
				}
				_, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK, 0)
				refused(err, "%s device %d:%d is open", name, unix.Major(dev), unix.Minor(dev))
				os.Remove(path)
			}
		}
	}
}

// listDev compares /dev with what the design lists.
func listDev([]string) {
	listed := strings.Fields("null zero full random urandom tty pts shm ptmx fd stdin stdout stderr")
	entries, err := os.ReadDir("/dev")
	must(err)
	for _, entry := range entries {
		if !slices.Contains(listed, entry.Name()) {
			breach("/dev/%s is there", entry.Name())
		}
	}
	for _, name := range []string{"null", "zero", "full", "random", "urandom"} {
		fd, err := unix.Open("/dev/"+name, unix.O_RDWR, 0)
		if err != nil {
			breach("/dev/%s does not open: %v", name, err)
		}
		unix.Close(fd)
	}
	refused(os.WriteFile("/dev/new", nil, 0o644), "/dev/new is made")
}

// setuid gives a copy of this program every mark of privilege there is, and
// runs it.
func setuid([]string) {
	program, err := os.ReadFile("/proc/self/exe")
	must(err)
	must(os.WriteFile("/work/setuid", program, 0o755))
	unix.Chown("/work/setuid", 0, 0)
	unix.Chmod("/work/setuid", 0o6755)
	all := append([]byte{1, 0, 0, 2}, make([]byte, 16)...)
	for i := 4; i < 20; i++ {
		all[i] = 0xff
	}
	unix.Setxattr("/work/setuid", "security.capability", all, 0)
	pid, err := syscall.ForkExec("/work/setuid", []string{"/work/setuid", mark, "whoami", fmt.Sprint(os.Getuid())},
		&syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}})
	must(err)
	if err := childError(pid); err != nil {
		breach("the set-uid copy has more rights: %v", err)
	}
	for _, uid := range []int{0, 1, 65534} {
		if uid != os.Getuid() {
			refused(call(unix.SYS_SETUID, uintptr(uid)), "setuid(%d)", uid)
		}
	}
}

// whoami is a breach when this process has a capability, or another user than
// its argument says.
func whoami(args []string) {
	if fmt.Sprint(os.Geteuid()) != args[0] {
		breach("the effective user is %d", os.Geteuid())
	}
	status, err := os.ReadFile("/proc/self/status")
	must(err)
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		switch value = strings.TrimSpace(value); name {
		case "CapInh", "CapPrm", "CapEff", "CapAmb", "CapBnd":
			if strings.Trim(value, "0") != "" {
				breach("%s is %s", name, value)
			}
		case "NoNewPrivs":
			if value != "1" {
				breach("no_new_privs is not set")
			}
		}
	}
}

// sealed leaves folders behind that nobody may enter.
func sealed([]string) {
	for _, dir := range writable {
		must(os.MkdirAll(dir+"/sealed/inner", 0o755))
		must(os.WriteFile(dir+"/sealed/inner/file", []byte("x"), 0o000))
		must(os.Chmod(dir+"/sealed/inner", 0o000))
		must(os.Chmod(dir+"/sealed", 0o000))
	}
	os.Chmod("/work", 0o000)
}

// hash prints what is in the folders that a reset must clear.
func hash([]string) {
	for _, dir := range writable {
		h := sha256.New()
		n := 0
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			n++
			info, err := entry.Info()
			if err != nil {
				return err
			}
			fmt.Fprintf(h, "%q %v\n", path, info.Mode())
			switch {
			case info.Mode().IsRegular():
				data, err := os.ReadFile(path)
				fmt.Fprintf(h, "%d %x %v\n", len(data), sha256.Sum256(data), err)
			case info.Mode()&fs.ModeSymlink != 0:
				to, _ := os.Readlink(path)
				fmt.Fprintf(h, "%q\n", to)
			}
			return nil
		})
		must(err)
		fmt.Printf("%s %d entries %x\n", dir, n, h.Sum(nil))
	}
	ipc, _ := os.ReadFile("/proc/sysvipc/shm")
	fmt.Printf("%d lines of shared memory segments\n", strings.Count(string(ipc), "\n"))
	os.Exit(0)
}

// wreck does to the tree what it can.
func wreck([]string) {
	var paths []string
	filepath.WalkDir("/work", func(path string, entry fs.DirEntry, err error) error {
		if path != "/work" {
			paths = append(paths, path)
		}
		return nil
	})
	for i, path := range paths {
		switch i % 6 {
		case 0:
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			if err == nil {
				f.WriteString("wrecked")
				f.Close()
			}
		case 1:
			os.Truncate(path, 0)
		case 2:
			os.RemoveAll(path)
		case 3:
			os.Rename(path, path+".moved")
		case 4:
			os.Chmod(path, 0o7777)
			os.Chtimes(path, time.Unix(0, 0), time.Unix(0, 0))
		case 5:
			os.Remove(path)
			os.Symlink("/etc/passwd", path)
		}
		unix.Setxattr(path, "user.wrecked", []byte("x"), 0)
	}
	for _, dir := range writable {
		os.WriteFile(dir+"/left-behind", []byte("x"), 0o644)
	}
	unix.SysvShmGet(0x5353, 4096, unix.IPC_CREAT|0o600)
	os.Exit(0)
}

package local

import (
	"encoding/binary"
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local/internal/sysprog"
)

// A builder adds steps to a program. Its methods are what the programs of this
// package do, in terms of system calls.
type builder struct{ *sysprog.Program }

var cwd = sysprog.Const(unix.AT_FDCWD)

func (b builder) mkdir(path string, mode uint32) *sysprog.Step {
	return b.Call("make the folder "+path, unix.SYS_MKDIRAT, cwd, b.String(path), sysprog.Const(mode))
}

// folders makes dir and the folders above it, below root, where they are not.
func (b builder) folders(root, dir string, made map[string]bool) {
	at := root
	for part := range strings.SplitSeq(dir, "/") {
		at = path.Join(at, part)
		if !made[at] {
			made[at] = true
			b.mkdir(at, 0o755).Try()
		}
	}
}

func (b builder) symlink(target, path string) {
	b.Call("link "+path, unix.SYS_SYMLINKAT, b.String(target), cwd, b.String(path))
}

// write makes a file with the given content.
func (b builder) write(path string, mode uint32, data []byte) {
	open := b.Call("make "+path, unix.SYS_OPENAT, cwd, b.String(path),
		sysprog.Const(unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC), sysprog.Const(mode))
	if len(data) > 0 {
		b.Call("write "+path, unix.SYS_WRITE, open.Result(), b.Bytes(data), sysprog.Const(len(data)))
	}
	b.Call("close "+path, unix.SYS_CLOSE, open.Result())
}

func (b builder) mount(source, target, kind string, flags uintptr, options string) *sysprog.Step {
	return b.Call(strings.TrimSpace("mount "+kind)+" at "+target, unix.SYS_MOUNT,
		b.String(source), b.String(target), b.String(kind), sysprog.Const(flags), b.String(options))
}

func (b builder) umount(target string) {
	b.Call("unmount "+target, unix.SYS_UMOUNT2, b.String(target), sysprog.Const(unix.MNT_DETACH))
}

// tree is a detached copy of the mounts at a place of the host.
func (b builder) tree(path string) sysprog.Arg {
	return b.Call("open "+path, unix.SYS_OPEN_TREE, cwd, b.String(path), sysprog.Const(openTree)).Result()
}

const openTree = unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC | unix.AT_RECURSIVE

// attach mounts a detached tree read-only at target.
func (b builder) attach(tree sysprog.Arg, target string, attributes uint64) {
	b.Call("protect "+target, unix.SYS_MOUNT_SETATTR, tree, b.String(""),
		sysprog.Const(unix.AT_EMPTY_PATH|unix.AT_RECURSIVE), b.attributes(attributes), sysprog.Const(attributesSize))
	b.Call("attach "+target, unix.SYS_MOVE_MOUNT, tree, b.String(""), cwd, b.String(target),
		sysprog.Const(unix.MOVE_MOUNT_F_EMPTY_PATH))
}

const attributesSize = 32 // struct mount_attr

func (b builder) attributes(set uint64) sysprog.Arg {
	return b.Bytes(append(binary.LittleEndian.AppendUint64(nil, set), make([]byte, attributesSize-8)...))
}

// pivot makes the current folder, a mount, the root.
func (b builder) pivot() {
	b.Call("pivot_root", unix.SYS_PIVOT_ROOT, b.String("."), b.String("."))
	b.umount(".")
	b.Call("enter the root", unix.SYS_CHDIR, b.String("/"))
}

// changes writes what a tree changes against its snapshot into the folder
// layer, as a layer of an overlay: files, and whiteouts for what is gone.
func (b builder) changes(layer string, tree *repo.Tree) {
	made := map[string]bool{}
	for _, gone := range tree.Vanished() {
		b.folders(layer, path.Dir(gone), made)
		b.Call("delete "+gone, unix.SYS_MKNODAT, cwd, b.String(layer+"/"+gone), sysprog.Const(unix.S_IFCHR), sysprog.Const(0))
	}
	for _, change := range tree.Changes() {
		if change.File != nil {
			b.folders(layer, path.Dir(change.Path), made)
			b.file(layer+"/"+change.Path, *change.File)
		}
	}
}

// file writes one file of a tree, with the time that its content gives it.
func (b builder) file(path string, file repo.File) {
	switch file.Mode {
	case repo.Symlink:
		b.symlink(string(file.Data), path)
	case repo.Executable:
		b.write(path, 0o755, file.Data)
	default:
		b.write(path, 0o644, file.Data)
	}
	seconds := sysprog.Const(repo.FileTime(file).Unix())
	times := b.Pointers(seconds, sysprog.Const(0), seconds, sysprog.Const(0))
	b.Call("date "+path, unix.SYS_UTIMENSAT, cwd, b.String(path), times, sysprog.Const(unix.AT_SYMLINK_NOFOLLOW))
}

// writable mounts what commands may write to: one tmpfs with the quota, below
// the overlays of the work tree and the home folder, /tmp and /dev/shm. Reset
// does the same again.
func (b builder) writable(plan *plan, limits sandbox.Limits) {
	layers := plan.overlays()
	b.mount("tmpfs", "/u", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV,
		fmt.Sprintf("mode=755,size=%d,nr_inodes=%d", limits.Disk, limits.Inodes))
	for _, dir := range []string{"/u/work", "/u/work.tmp", "/u/home", "/u/home.tmp"} {
		b.mkdir(dir, 0o755)
	}
	b.overlay(sandbox.WorkDir, "work", layers.work)
	b.overlay(sandbox.HomeDir, "home", layers.home)
	if plan.git {
		b.git(layers.git)
	}
	for _, dir := range []string{"/tmp", "/dev/shm"} {
		from := "/u/" + path.Base(dir)
		b.mkdir(from, 0o1777)
		b.mount(from, "/r"+dir, "", unix.MS_BIND, "")
	}
	made := map[string]bool{}
	for i, bind := range plan.binds {
		if bind.late() {
			b.folders("/r", bind.inside[1:], made)
			b.mount(plan.lateName(i), "/r"+bind.inside, "", unix.MS_BIND|unix.MS_REC, "")
		}
	}
}

// git mounts the git directory, with a top layer of its own, so that what happens
// in it is not among the changes of the work tree.
func (b builder) git(lower []string) {
	b.mkdir("/u/git", 0o755)
	b.mkdir("/u/git.tmp", 0o755)
	b.mkdir("/r"+gitDir, 0o755)
	b.overlay(gitDir, "git", lower)
}

const gitDir = sandbox.WorkDir + "/.git"

func (b builder) overlay(target, upper string, lower []string) {
	b.mount("overlay", "/r"+target, "overlay", unix.MS_NOSUID|unix.MS_NODEV, fmt.Sprintf(
		"lowerdir=%s,upperdir=/u/%s,workdir=/u/%s.tmp,userxattr", strings.Join(lower, ":"), upper, upper))
}

// unwritable takes away what writable mounted; what is mounted in a work tree goes
// with it.
func (b builder) unwritable() {
	for _, target := range []string{"/r/dev/shm", "/r/tmp", "/r" + sandbox.HomeDir, "/r" + sandbox.WorkDir, "/u"} {
		b.umount(target)
	}
}

// layers are the folders below the overlays, inside, topmost first.
type layers struct{ work, home, git []string }

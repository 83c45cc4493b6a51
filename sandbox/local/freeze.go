package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/sandbox"
)

// Times of frozen files. What a setup left in the work tree is newer than the
// snapshot and older than every change of it, so that make and Python's bytecode
// cache decide rightly. What it left in the home folder never ages: Go's build
// cache would touch, and so copy up, entries older than an hour, and delete those
// older than five days.
var (
	frozenWork = time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC)
	frozenHome = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Freeze copies what commands wrote into a layer at dir.
func (s *Sandbox) Freeze(ctx context.Context, dir string, keep func(sandbox.Written) bool) (*sandbox.Layer, error) {
	f := &freezer{ctx: ctx, provider: s.provider, sum: sha256.New(), keep: keep}
	if keep == nil {
		f.keep = func(sandbox.Written) bool { return true }
	}
	below := s.spec.Setup
	if below != nil {
		io.WriteString(f.sum, below.Key)
	}
	for _, part := range []struct {
		name, inside string
		time         time.Time
	}{{"work", sandbox.WorkDir, frozenWork}, {"home", sandbox.HomeDir, frozenHome}} {
		upper, err := s.openUpper(part.name)
		if err != nil {
			return nil, err
		}
		err = f.copy(upper, filepath.Join(dir, part.name), part.inside, part.time)
		upper.Close()
		if err != nil {
			return nil, fmt.Errorf("sandbox: freeze: %w", err)
		}
	}
	return &sandbox.Layer{Key: hex.EncodeToString(f.sum.Sum(nil)), Dir: dir, Below: below}, nil
}

// A freezer copies top layers out of a sandbox.
type freezer struct {
	ctx      context.Context
	provider *Provider
	keep     func(sandbox.Written) bool
	sum      hash.Hash

	from, to *os.Root
	time     time.Time
}

func (f *freezer) copy(upper *os.Root, dir, inside string, date time.Time) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	to, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	f.from, f.to, f.time = upper, to, date
	var folders []string
	err = walkUpper(upper, "", nil, func(e upperEntry) error {
		if f.ctx.Err() != nil {
			return context.Cause(f.ctx)
		}
		if !f.keep(f.written(inside, e)) {
			return nil
		}
		if e.info.IsDir() {
			folders = append(folders, e.path)
		}
		return f.entry(e)
	})
	if err != nil {
		return err
	}
	for _, folder := range append(folders, ".") {
		if err := to.Chtimes(folder, date, date); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return f.own(".")
}

// written is what keep is asked about.
func (f *freezer) written(inside string, e upperEntry) sandbox.Written {
	w := sandbox.Written{Path: inside + "/" + e.path}
	if e.info.Mode().IsRegular() && e.info.Size() > 0 {
		w.Size = e.info.Size()
		w.Read = func() ([]byte, error) {
			file, err := readFile(f.from, e.path, w.Size)
			return file.Data, err
		}
	}
	return w
}

// entry copies one thing. What no tree can hold (sockets, fifos) is left out.
func (f *freezer) entry(e upperEntry) error {
	mode := e.info.Mode()
	fmt.Fprintf(f.sum, "%d %s %v %d\n", len(e.path), e.path, mode, e.info.Size())
	if err := f.parents(e.path); err != nil {
		return err
	}
	var err error
	switch {
	case e.gone:
		err = f.whiteout(e.path)
	case e.info.IsDir():
		err = f.folder(e)
	case mode&fs.ModeSymlink != 0:
		err = f.symlink(e.path)
	case mode.IsRegular():
		err = f.file(e.path, mode.Perm())
	default:
		return nil
	}
	return errors.Join(err, f.own(e.path))
}

// parents makes the folders above a path that keep left out.
func (f *freezer) parents(path string) error {
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return f.to.MkdirAll(path[:i], 0o755)
	}
	return nil
}

func (f *freezer) folder(e upperEntry) error {
	if err := f.to.Mkdir(e.path, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if !e.opaque {
		return nil
	}
	dir, err := f.to.Open(e.path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return control(dir, func(fd int) error { return unix.Fsetxattr(fd, "user.overlay.opaque", []byte("y"), 0) })
}

func (f *freezer) whiteout(path string) error {
	dir, err := f.to.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return control(dir, func(fd int) error { return unix.Mknodat(fd, filepath.Base(path), unix.S_IFCHR, 0) })
}

func (f *freezer) symlink(path string) error {
	target, err := f.from.Readlink(path)
	if err != nil {
		return err
	}
	io.WriteString(f.sum, target)
	return f.to.Symlink(target, path)
}

func (f *freezer) file(path string, perm fs.FileMode) (err error) {
	from, err := f.from.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrPermission) && f.from.Chmod(path, 0o600) == nil {
		from, err = f.from.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	}
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := f.to.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm|0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close(), f.to.Chtimes(path, f.time, f.time)) }()
	_, err = io.Copy(io.MultiWriter(to, f.sum), from)
	return err
}

// own gives a frozen thing to the reserved user; see [Provider.own].
func (f *freezer) own(path string) error {
	if !f.provider.root {
		return nil
	}
	return f.to.Lchown(path, reservedID, reservedID)
}

func control(file *os.File, do func(fd int) error) error {
	conn, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Control(func(fd uintptr) { failed = do(int(fd)) })
	return errors.Join(err, failed)
}

package local

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// Changes lists what the top layer has over the layers below it.
func (s *Sandbox) Changes(ctx context.Context) ([]sandbox.Change, error) {
	upper, err := s.openUpper("work")
	if err != nil {
		return nil, err
	}
	defer upper.Close()
	w := walker{root: upper, tree: s.spec.Tree}
	if w.tree == nil {
		w.tree = new(repo.Tree)
	}
	most := s.spec.Limits.Changes
	err = walkUpper(upper, "", &most, func(e upperEntry) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return w.visit(e)
	})
	if errors.Is(err, errTooMany) {
		return nil, &sandbox.TooManyError{Most: s.spec.Limits.Changes}
	}
	if err != nil {
		return nil, fmt.Errorf("sandbox: changes: %w", err)
	}
	slices.SortFunc(w.changes, func(a, b sandbox.Change) int { return cmp.Compare(a.Path, b.Path) })
	return w.changes, nil
}

// openUpper opens a folder of the top layer, seen from the host, once nothing
// runs any more.
func (s *Sandbox) openUpper(name string) (*os.Root, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	if err := s.sweep(); err != nil {
		return nil, err
	}
	all, err := os.OpenRoot(s.upper())
	if err != nil {
		return nil, &sandbox.LostError{Op: "open the top layer", Err: err}
	}
	defer all.Close()
	root, err := all.OpenRoot(name)
	if errors.Is(err, fs.ErrPermission) && all.Chmod(name, 0o700) == nil {
		root, err = all.OpenRoot(name)
	}
	if err != nil {
		return nil, &sandbox.LostError{Op: "open the top layer", Err: err}
	}
	return root, nil
}

// An upperEntry is one thing in a top layer.
type upperEntry struct {
	path   string
	info   fs.FileInfo
	gone   bool // a whiteout: what is below is hidden
	opaque bool // a folder that hides what is below
}

// longestPath is PATH_MAX, which no file of a tree exceeds.
const longestPath = 4096

// walkUpper visits everything in a top layer, folders before what is in them.
// Names are bytes, so the io/fs functions, which want UTF-8, do not serve. What is
// in a folder whose path is longer than any tree's is not visited: a thousand nested
// folders are made in a moment, and each would be opened from the top. Where there
// is more than most it ends before it has so many names; nil: no limit.
func walkUpper(root *os.Root, dir string, most *int, visit func(upperEntry) error) error {
	names, err := readNames(root, cmp.Or(dir, "."), most)
	if err != nil {
		return err
	}
	for _, name := range names {
		e := upperEntry{path: path.Join(dir, name)}
		if e.info, err = root.Lstat(e.path); err != nil {
			return err
		}
		stat := e.info.Sys().(*syscall.Stat_t)
		e.gone = stat.Mode&unix.S_IFMT == unix.S_IFCHR && stat.Rdev == 0
		if e.info.IsDir() {
			e.opaque = opaque(root, e.path)
		}
		if err := visit(e); err != nil {
			return err
		}
		if e.info.IsDir() && len(e.path) <= longestPath {
			if err := walkUpper(root, e.path, most, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

var errTooMany = errors.New("there are too many files and folders")

// readNames lists a folder, also one that its owner took his own rights from, and
// takes what it lists from most.
func readNames(root *os.Root, dir string, most *int) ([]string, error) {
	file, err := root.Open(dir)
	if errors.Is(err, fs.ErrPermission) && root.Chmod(dir, 0o700) == nil {
		file, err = root.Open(dir)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if most == nil {
		names, err := file.Readdirnames(-1)
		slices.Sort(names)
		return names, err
	}
	names, err := file.Readdirnames(*most + 1)
	if *most -= len(names); *most < 0 {
		return nil, errTooMany
	}
	if err == io.EOF {
		err = nil
	}
	slices.Sort(names)
	return names, err
}

func opaque(root *os.Root, dir string) bool {
	file, err := root.Open(dir)
	if err != nil {
		return false
	}
	defer file.Close()
	value := make([]byte, 1)
	n, err := unix.Fgetxattr(int(file.Fd()), "user.overlay.opaque", value)
	return err == nil && n == 1 && value[0] == 'y'
}

// A walker compares a top layer with the tree below it.
type walker struct {
	root    *os.Root
	tree    *repo.Tree
	changes []sandbox.Change
}

func (w *walker) visit(e upperEntry) error {
	switch {
	case e.gone:
		w.changes = append(w.changes, sandbox.Change{Path: e.path, Deleted: true})
	case e.info.IsDir() && len(e.path) > longestPath:
		w.changes = append(w.changes, sandbox.Change{Path: e.path}) // of no mode: what is in it is not listed
	case e.info.IsDir():
		w.folder(e)
	default:
		change := sandbox.Change{Path: e.path, Mode: modeOf(e.info), Size: e.info.Size()}
		same, err := w.same(change)
		if err == nil && !same {
			w.changes = append(w.changes, change)
		}
		return err
	}
	return nil
}

// folder lists what a folder hides: the file in whose place it stands, and, if it
// is opaque, whatever it does not have itself.
func (w *walker) folder(e upperEntry) {
	if _, ok := w.tree.Mode(e.path); ok {
		w.changes = append(w.changes, sandbox.Change{Path: e.path, Deleted: true})
	}
	for file := range w.tree.Paths() {
		if !e.opaque {
			return
		}
		if !strings.HasPrefix(file, e.path+"/") {
			continue
		}
		if _, err := w.root.Lstat(file); err != nil {
			w.changes = append(w.changes, sandbox.Change{Path: file, Deleted: true})
		}
	}
}

// same says whether a file was only touched: an overlay copies whatever is
// opened for writing.
func (w *walker) same(c sandbox.Change) (bool, error) {
	mode, ok := w.tree.Mode(c.Path)
	if !ok || mode != c.Mode {
		return false, nil
	}
	old, err := w.tree.Read(c.Path)
	if err != nil || int64(len(old.Data)) != c.Size {
		return false, err
	}
	now, err := readFile(w.root, c.Path, c.Size)
	return err == nil && bytes.Equal(old.Data, now.Data), err
}

// modeOf is the mode that git would store, zero for what it cannot.
func modeOf(info fs.FileInfo) repo.Mode {
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		return repo.Symlink
	case !mode.IsRegular():
		return 0
	case mode&0o100 != 0:
		return repo.Executable
	default:
		return repo.Regular
	}
}

// Read returns a file that Changes lists.
func (s *Sandbox) Read(_ context.Context, name string, limit int64) (repo.File, error) {
	upper, err := s.openUpper("work")
	if err != nil {
		return repo.File{}, err
	}
	defer upper.Close()
	file, err := readFile(upper, name, limit)
	if err != nil {
		return repo.File{}, fmt.Errorf("sandbox: read %q: %w", name, err)
	}
	return file, nil
}

// readFile reads a file or a symbolic link of a top layer. It opens nothing
// that blocks and follows no link out of the layer.
func readFile(root *os.Root, name string, limit int64) (repo.File, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return repo.File{}, err
	}
	mode := modeOf(info)
	switch {
	case mode == 0:
		return repo.File{}, fmt.Errorf("it is not a file but %v", info.Mode())
	case mode == repo.Symlink:
		target, err := root.Readlink(name)
		return repo.File{Mode: mode, Data: []byte(target)}, err
	case info.Size() > limit:
		return repo.File{}, fmt.Errorf("it has %d bytes, more than %d", info.Size(), limit)
	}
	const flags = os.O_RDONLY | unix.O_NOFOLLOW | unix.O_NONBLOCK
	file, err := root.OpenFile(name, flags, 0)
	if errors.Is(err, fs.ErrPermission) && root.Chmod(name, 0o600) == nil {
		file, err = root.OpenFile(name, flags, 0)
	}
	if err != nil {
		return repo.File{}, err
	}
	defer file.Close()
	data := make([]byte, info.Size())
	_, err = io.ReadFull(file, data)
	return repo.File{Mode: mode, Data: data}, err
}

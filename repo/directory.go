package repo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// openDirectory takes a folder as it is.
func (c *cache) openDirectory(ctx context.Context, dir string, opts Options) (*Snapshot, error) {
	if opts.Rev != "" || opts.Uncommitted {
		return nil, errors.New("it is a plain folder, not a git checkout: it has no commits to choose from, and is taken as it is")
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var notes []string
	b, err := c.find(ctx, func(ctx context.Context, add addFunc) error {
		notes = nil // files may be read twice
		return walkFolder(root, "", walker{visit: func(file diskFile) error {
			if file.gitDir {
				notes = append(notes, fmt.Sprintf("%q is git's own and was left out", file.path))
				return nil
			}
			if file.special != nil {
				return fmt.Errorf("%q is a %w: remove it first", file.path, file.special)
			}
			return file.open(root, add)
		}})
	})
	if err != nil {
		return nil, err
	}
	return c.snapshot(b, dir, "", notes), nil
}

// A diskFile is what a walk through a folder finds.
type diskFile struct {
	path    string
	mode    Mode
	size    int64
	gitDir  bool  // it is called .git, and not walked into
	special error // it is neither a file nor a symlink, but this
}

// A walker goes through a folder, by name within each folder. Symlinks are not
// followed. ([fs.WalkDir] would do, but takes only names in UTF-8.)
type walker struct {
	enter func(dir string) bool // asked for every folder, "" first; nil: all
	visit func(diskFile) error  // told every other name, and .git
}

func walkFolder(root *os.Root, dir string, w walker) error {
	if w.enter != nil && !w.enter(dir) {
		return nil
	}
	entries, err := readDir(root, dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := path.Join(dir, entry.Name())
		switch {
		case strings.EqualFold(entry.Name(), ".git"):
			err = w.visit(diskFile{path: name, gitDir: true})
		case entry.IsDir():
			err = walkFolder(root, name, w)
		default:
			err = w.visitFile(name, entry)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func readDir(root *os.Root, dir string) ([]fs.DirEntry, error) {
	f, err := root.Open(cmp.Or(dir, "."))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return entries, err
}

func (w walker) visitFile(name string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	mode, special := modeOf(info.Mode())
	return w.visit(diskFile{path: name, mode: mode, size: info.Size(), special: special})
}

func modeOf(mode fs.FileMode) (Mode, error) {
	switch {
	case mode.IsRegular() && mode&0o100 != 0: // as git does, only the owner's bit counts
		return Executable, nil
	case mode.IsRegular():
		return Regular, nil
	case mode&fs.ModeSymlink != 0:
		return Symlink, nil
	case mode&fs.ModeNamedPipe != 0:
		return 0, errors.New("fifo, which no tree can hold")
	case mode&fs.ModeSocket != 0:
		return 0, errors.New("socket, which no tree can hold")
	default:
		return 0, errors.New("device, which no tree can hold")
	}
}

// open gives the file's content to add. Between the walk and now it may have
// become something else; a fifo then fails instead of blocking.
func (d diskFile) open(root *os.Root, add addFunc) error {
	if d.mode == Symlink {
		target, err := root.Readlink(d.path)
		if err != nil {
			return err
		}
		return add(d.path, Symlink, int64(len(target)), strings.NewReader(target))
	}
	f, err := root.OpenFile(d.path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return add(d.path, d.mode, d.size, f)
}

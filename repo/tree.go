package repo

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"
)

// A Mode is a file's mode as git stores it.
type Mode uint32

// The modes a [Tree] holds. Directories exist only as prefixes of paths;
// submodules are not files and are left out when a snapshot is opened.
const (
	Regular    Mode = 0o100644
	Executable Mode = 0o100755
	Symlink    Mode = 0o120000
)

// A File is one file of a tree. Data of a [Symlink] is its target. Whoever
// holds a File must not change Data: trees share it.
type File struct {
	Mode Mode
	Data []byte
}

// A Tree is an immutable set of files: the files of a snapshot, read from the
// snapshot's folder when asked for, and changes to them, held in memory. The
// zero Tree is empty. Trees made from each other share everything that did not
// change, so that a bug of twenty files in a tree of ten thousand costs twenty.
//
// Paths are slash-separated, relative and clean; they are bytes, not text, as
// in git. A Tree is safe for concurrent use.
type Tree struct {
	base    *base            // nil: no snapshot below
	changes map[string]*File // against base; nil: deleted; never equal to base
}

// A Change is one path at which a tree differs from its snapshot.
type Change struct {
	Path string
	File *File // nil: deleted
}

// NewTree returns a tree of the given files without a snapshot below it.
func NewTree(files map[string]File) (*Tree, error) {
	changes := make(map[string]*File, len(files))
	for path, file := range files {
		changes[path] = &file
	}
	return new(Tree).With(changes)
}

// Dir is the folder on the host that holds the files of the snapshot below t,
// "" when there is none. Its content never changes.
func (t *Tree) Dir() string {
	if t.base == nil {
		return ""
	}
	return t.base.dir
}

// Changes lists where t differs from its snapshot, sorted by path.
func (t *Tree) Changes() []Change {
	list := make([]Change, 0, len(t.changes))
	for path, file := range t.changes {
		list = append(list, Change{path, file})
	}
	slices.SortFunc(list, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	return list
}

// Read returns the file at path. Where there is none the error matches
// [fs.ErrNotExist]; any other error is the host's.
func (t *Tree) Read(path string) (File, error) {
	if file, ok := t.changes[path]; ok {
		if file == nil {
			return File{}, &fs.PathError{Op: "read", Path: path, Err: fs.ErrNotExist}
		}
		return *file, nil
	}
	if t.base == nil {
		return File{}, &fs.PathError{Op: "read", Path: path, Err: fs.ErrNotExist}
	}
	return t.base.read(path)
}

// Mode returns the mode of the file at path, and whether there is one.
func (t *Tree) Mode(path string) (Mode, bool) {
	if file, ok := t.changes[path]; ok {
		if file == nil {
			return 0, false
		}
		return file.Mode, true
	}
	if t.base == nil {
		return 0, false
	}
	return t.base.mode(path)
}

// Paths yields every path, sorted by bytes.
func (t *Tree) Paths() iter.Seq[string] {
	return func(yield func(string) bool) {
		added := slices.Sorted(maps.Keys(t.changes))
		if t.base != nil {
			for path := range t.base.paths() {
				for len(added) > 0 && added[0] < path {
					if t.changes[added[0]] != nil && !yield(added[0]) {
						return
					}
					added = added[1:]
				}
				if len(added) > 0 && added[0] == path {
					if t.changes[path] != nil && !yield(path) {
						return
					}
					added = added[1:]
					continue
				}
				if !yield(path) {
					return
				}
			}
		}
		for _, path := range added {
			if t.changes[path] != nil && !yield(path) {
				return
			}
		}
	}
}

// With returns t with the files of changes put in place of its own; nil
// deletes, and deleting what is not there is not an error. It refuses a path
// that is not one ([CheckPath]) and a file that would have to stand where a
// folder is or below another file.
func (t *Tree) With(changes map[string]*File) (*Tree, error) {
	next := &Tree{base: t.base, changes: make(map[string]*File, len(t.changes)+len(changes))}
	maps.Copy(next.changes, t.changes)
	for path, file := range changes {
		if err := CheckPath(path); err != nil {
			return nil, err
		}
		same, err := next.base.equal(path, file)
		if err != nil {
			return nil, err
		}
		if same {
			delete(next.changes, path)
		} else {
			next.changes[path] = file
		}
	}
	for path, file := range changes {
		if file == nil {
			continue
		}
		if err := next.fits(path); err != nil {
			return nil, err
		}
	}
	return next, nil
}

// fits says whether the file at path stands neither below a file nor where a
// folder is.
func (t *Tree) fits(path string) error {
	for dir := path; ; {
		i := strings.LastIndexByte(dir, '/')
		if i < 0 {
			break
		}
		dir = dir[:i]
		if _, ok := t.Mode(dir); ok {
			return fmt.Errorf("%q cannot be a file: %q is a file, not a folder", path, dir)
		}
	}
	if below, ok := t.firstBelow(path); ok {
		return fmt.Errorf("%q cannot be a file: it is a folder, with %q in it", path, below)
	}
	return nil
}

// Key identifies the content of t among the trees of its snapshot: equal keys,
// equal files. It is a SHA-256 in hexadecimal over the snapshot's key and the
// changes, so no two trees that a player can make share one.
func (t *Tree) Key() string {
	h := sha256.New()
	if t.base != nil {
		fmt.Fprintf(h, "base %s\n", t.base.key)
	}
	for _, change := range t.Changes() {
		if change.File == nil {
			fmt.Fprintf(h, "delete %d %s\n", len(change.Path), change.Path)
			continue
		}
		fmt.Fprintf(h, "file %d %s %o %d\n", len(change.Path), change.Path, change.File.Mode, len(change.File.Data))
		h.Write(change.File.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

package repo

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"slices"
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

// Check says whether f is a file that git can store and Linux can hold: one of
// the three modes, and a symlink's target neither empty, nor with a NUL byte,
// nor longer than PATH_MAX allows.
func (f File) Check() error {
	switch {
	case f.Mode != Regular && f.Mode != Executable && f.Mode != Symlink:
		return fmt.Errorf("mode %o is none of %o, %o and %o", f.Mode, Regular, Executable, Symlink)
	case f.Mode == Symlink && len(f.Data) == 0:
		return errors.New("the symlink has no target")
	case f.Mode == Symlink && len(f.Data) > maxTarget:
		return fmt.Errorf("the symlink's target has %d bytes; at most %d are possible", len(f.Data), maxTarget)
	case f.Mode == Symlink && bytes.IndexByte(f.Data, 0) >= 0:
		return errors.New("the symlink's target has a NUL byte")
	}
	return nil
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
		for path := range t.merged() {
			if !yield(path) {
				return
			}
		}
	}
}

// merged yields every path, sorted by bytes, with the snapshot's entry, or nil
// where the file is one of the changes.
func (t *Tree) merged() iter.Seq2[string, *entry] {
	return func(yield func(string, *entry) bool) {
		changed := slices.Sorted(maps.Keys(t.changes))
		var entries []entry
		if t.base != nil {
			entries = t.base.entries
		}
		for len(changed) > 0 || len(entries) > 0 {
			switch {
			case len(changed) == 0 || len(entries) > 0 && entries[0].path < changed[0]:
				if !yield(entries[0].path, &entries[0]) {
					return
				}
				entries = entries[1:]
				continue
			case len(entries) > 0 && entries[0].path == changed[0]:
				entries = entries[1:]
			}
			if t.changes[changed[0]] != nil && !yield(changed[0], nil) {
				return
			}
			changed = changed[1:]
		}
	}
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

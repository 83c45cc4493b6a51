package repo

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// With returns t with the files of changes put in place of its own; nil
// deletes, and deleting what is not there is not an error. It refuses a path
// that is not one ([CheckPath]), a file that is not one ([File.Check]), and a
// file that would stand where a folder is or below another file (a symlink is
// a file too). Only the result counts, so one call may delete a folder's files
// and put a file in the folder's place.
func (t *Tree) With(changes map[string]*File) (*Tree, error) {
	next := &Tree{base: t.base, changes: make(map[string]*File, len(t.changes)+len(changes))}
	maps.Copy(next.changes, t.changes)
	for path, file := range changes {
		if err := next.put(path, file); err != nil {
			return nil, err
		}
	}
	if err := next.fit(changes); err != nil {
		return nil, err
	}
	return next, nil
}

// put records file at path, or that there is none.
func (t *Tree) put(path string, file *File) error {
	if err := CheckPath(path); err != nil {
		return err
	}
	if file != nil {
		if err := file.Check(); err != nil {
			return fmt.Errorf("%q: %w", path, err)
		}
		file = &File{file.Mode, file.Data} // the caller may change his
	}
	if t.base.equal(path, file) {
		delete(t.changes, path)
	} else {
		t.changes[path] = file
	}
	return nil
}

// fit says whether each file of changes stands neither below a file nor where
// a folder is.
func (t *Tree) fit(changes map[string]*File) error {
	folders := t.changedFolders()
	for _, path := range slices.Sorted(maps.Keys(changes)) {
		if changes[path] == nil {
			continue
		}
		for dir := range parents(path) {
			if _, ok := t.Mode(dir); ok {
				return fmt.Errorf("%q cannot be a file: %q is a file, not a folder", path, dir)
			}
		}
		if below, ok := t.firstBelow(path, folders); ok {
			return fmt.Errorf("%q cannot be a file: it is a folder, with %q in it", path, below)
		}
	}
	return nil
}

// changedFolders maps each folder that a changed file is in to such a file.
func (t *Tree) changedFolders() map[string]string {
	folders := map[string]string{}
	for path, file := range t.changes {
		if file == nil {
			continue
		}
		for dir := range parents(path) {
			if first, ok := folders[dir]; ok && first < path {
				break // so it is for the folders above
			}
			folders[dir] = path
		}
	}
	return folders
}

// firstBelow returns a path of t that is inside the folder dir.
func (t *Tree) firstBelow(dir string, folders map[string]string) (string, bool) {
	if path, ok := folders[dir]; ok {
		return path, true
	}
	for path := range t.base.below(dir) {
		if file, ok := t.changes[path]; !ok || file != nil {
			return path, true
		}
	}
	return "", false
}

// parents yields the folders above path, the nearest first, without the root.
func parents(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			i := strings.LastIndexByte(path, '/')
			if i < 0 || !yield(path[:i]) {
				return
			}
			path = path[:i]
		}
	}
}

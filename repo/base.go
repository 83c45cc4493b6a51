package repo

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"
	"sync"
)

// base is the snapshot below a tree: a folder of files and the manifest that
// says what they are. It is immutable and safe for concurrent use.
type base struct {
	key     string // SHA-256 of the manifest, in hexadecimal
	dir     string // holds the files, and nothing else
	root    *os.Root
	entries []entry    // sorted by path
	objects objects    // made when a history is stripped for the first time
	commits sync.Mutex // is held while a history is kept
}

// loadBase opens the snapshot in the folder dir of the cache.
func loadBase(dir, key string) (*base, error) {
	entries, err := loadManifest(dir+"/manifest", key)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir + "/tree")
	if err != nil {
		return nil, err
	}
	return &base{key: key, dir: dir + "/tree", root: root, entries: entries}, nil
}

// search returns where path stands in entries, or would.
func (b *base) search(path string) (int, bool) {
	if b == nil {
		return 0, false
	}
	return slices.BinarySearchFunc(b.entries, path, func(e entry, path string) int { return cmp.Compare(e.path, path) })
}

// find returns the entry at path, nil if there is none.
func (b *base) find(path string) *entry {
	if i, ok := b.search(path); ok {
		return &b.entries[i]
	}
	return nil
}

// read returns the file at path. What the folder holds is compared with the
// manifest: a snapshot that was written to is an error, never a wrong answer.
func (b *base) read(path string) (File, error) {
	e := b.find(path)
	if e == nil {
		return File{}, &fs.PathError{Op: "read", Path: path, Err: fs.ErrNotExist}
	}
	data, err := readEntry(b.root, e)
	if err != nil {
		return File{}, err
	}
	if sha256.Sum256(data) != e.sum {
		return File{}, b.tampered(path)
	}
	return File{e.mode, data}, nil
}

func (b *base) tampered(path string) error {
	return fmt.Errorf("snapshot %s: %q was changed in the cache: remove %s and open the source again", b.key[:12], path, strings.TrimSuffix(b.dir, "/tree"))
}

func readEntry(root *os.Root, e *entry) ([]byte, error) {
	if e.mode != Symlink {
		return root.ReadFile(e.path)
	}
	target, err := root.Readlink(e.path)
	return []byte(target), err
}

func (b *base) mode(path string) (Mode, bool) {
	if e := b.find(path); e != nil {
		return e.mode, true
	}
	return 0, false
}

func (b *base) paths() iter.Seq[string] {
	return func(yield func(string) bool) {
		if b == nil {
			return
		}
		for i := range b.entries {
			if !yield(b.entries[i].path) {
				return
			}
		}
	}
}

// equal says whether the base has exactly file at path; nil means no file. A
// nil base has no file. The manifest answers, so nothing is read.
func (b *base) equal(path string, file *File) bool {
	e := b.find(path)
	if e == nil || file == nil {
		return e == nil && file == nil
	}
	return e.mode == file.Mode && e.size == int64(len(file.Data)) && e.sum == sha256.Sum256(file.Data)
}

// below yields the paths inside the folder dir, sorted.
func (b *base) below(dir string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if b == nil {
			return
		}
		start, _ := b.search(dir + "/")
		for _, e := range b.entries[start:] {
			if !strings.HasPrefix(e.path, dir+"/") || !yield(e.path) {
				return
			}
		}
	}
}

package repo

import (
	"iter"
)

// base is the snapshot below a tree.
type base struct {
	key string // SHA-256 over every path, mode and content
	dir string // holds the files
}

// THIS FILE IS A STUB: the repo helper replaces it.

func (b *base) read(path string) (File, error)  { panic("stub") }
func (b *base) mode(path string) (Mode, bool)   { panic("stub") }
func (b *base) paths() iter.Seq[string]         { panic("stub") }

// equal says whether the base has exactly file at path; nil means no file. A
// nil base has no file.
func (b *base) equal(path string, file *File) (bool, error) {
	if b == nil {
		return file == nil, nil
	}
	panic("stub")
}

// firstBelow returns a path of t that is inside the folder dir.
func (t *Tree) firstBelow(dir string) (string, bool) {
	for path := range t.Paths() {
		if len(path) > len(dir) && path[:len(dir)] == dir && path[len(dir)] == '/' {
			return path, true
		}
	}
	return "", false
}

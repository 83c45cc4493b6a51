package sandboxtest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// A Machine is what a command of a [Fake] sees: the files of its sandbox. Paths
// are absolute, or relative to Dir. A folder is there as long as a file is in
// it. No symlink is followed.
//
// Like the real thing it is layers: Spec's tree and setup below, and above them
// what was written, so that Changes needs no comparison of trees.
type Machine struct {
	Spec sandbox.Spec
	Dir  string // the current folder; what a command in a Shell sets stays for the next

	lower   *repo.Tree            // at WorkDir: Spec.Tree with Spec.Setup's files
	home    map[string]*repo.File // Spec.Setup's files elsewhere, and Spec.Git's, by absolute path
	written map[string]*repo.File // by absolute path; nil: deleted. Each hides what is at and below its path
}

var errReadOnly = errors.New("read-only file system")

// Read returns the file at name. Where there is none the error matches
// [fs.ErrNotExist].
func (m *Machine) Read(name string) (repo.File, error) {
	name = m.abs(name)
	if file, ok := m.written[name]; ok && file != nil {
		return *file, nil
	}
	if m.hidden(name) {
		return repo.File{}, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return m.readBelow(name)
}

// Write puts file at name, with the folders it needs. Like a command it cannot
// write where a folder is, below a file, or under FileDir.
func (m *Machine) Write(name string, file repo.File) error {
	name = m.abs(name)
	if under(name, sandbox.FileDir) {
		return &fs.PathError{Op: "write", Path: name, Err: errReadOnly}
	}
	for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
		if _, err := m.Read(dir); err == nil {
			return &fs.PathError{Op: "write", Path: name, Err: fmt.Errorf("%s is a file", dir)}
		}
	}
	if m.IsDir(name) {
		return &fs.PathError{Op: "write", Path: name, Err: errors.New("it is a folder")}
	}
	m.written[name] = &file
	return nil
}

// Remove deletes the file at name, or the folder with everything in it. Where
// there is neither the error matches [fs.ErrNotExist].
func (m *Machine) Remove(name string) error {
	name = m.abs(name)
	if under(name, sandbox.FileDir) {
		return &fs.PathError{Op: "remove", Path: name, Err: errReadOnly}
	}
	_, err := m.Read(name)
	if err != nil && !m.IsDir(name) {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	maps.DeleteFunc(m.written, func(p string, _ *repo.File) bool { return under(p, name) })
	if !m.hidden(name) && m.existsBelow(name) {
		m.written[name] = nil
	}
	return nil
}

// IsDir says whether name is a folder.
func (m *Machine) IsDir(name string) bool {
	name = m.abs(name)
	for p := range m.Paths() {
		if p != name && under(p, name) {
			return true
		}
	}
	return name == sandbox.WorkDir
}

// Paths yields the absolute path of every file, sorted by bytes.
func (m *Machine) Paths() iter.Seq[string] {
	var all []string
	for p := range m.below() {
		if !m.hidden(p) {
			all = append(all, p)
		}
	}
	for p, file := range m.written {
		if file != nil {
			all = append(all, p)
		}
	}
	return slices.Values(slices.Sorted(slices.Values(all)))
}

// changes lists what was written under WorkDir.
func (m *Machine) changes() []sandbox.Change {
	var list []sandbox.Change
	for _, p := range slices.Sorted(maps.Keys(m.written)) {
		rel, ok := strings.CutPrefix(p, sandbox.WorkDir+"/")
		file := m.written[p]
		switch {
		case !ok, m.Spec.Git != "" && under(rel, ".git"):
		case file == nil:
			list = append(list, sandbox.Change{Path: rel, Deleted: true})
		case !m.same(p, *file):
			list = append(list, sandbox.Change{Path: rel, Mode: file.Mode, Size: int64(len(file.Data))})
		}
	}
	return list
}

// same says whether the layers below hold exactly file at the absolute path p.
func (m *Machine) same(p string, file repo.File) bool {
	old, err := m.readBelow(p)
	return err == nil && old.Mode == file.Mode && bytes.Equal(old.Data, file.Data)
}

// readBelow reads from the layers below what was written.
func (m *Machine) readBelow(p string) (repo.File, error) {
	if file, ok := m.home[p]; ok && file != nil {
		return *file, nil
	}
	if name, ok := strings.CutPrefix(p, sandbox.FileDir+"/"); ok {
		if file, ok := m.Spec.Files[name]; ok {
			return file, nil
		}
	}
	if rel, ok := strings.CutPrefix(p, sandbox.WorkDir+"/"); ok {
		return m.lower.Read(rel)
	}
	return repo.File{}, &fs.PathError{Op: "read", Path: p, Err: fs.ErrNotExist}
}

// existsBelow says whether the layers below have a file or folder at p.
func (m *Machine) existsBelow(p string) bool {
	for q := range m.below() {
		if under(q, p) {
			return true
		}
	}
	return false
}

// below yields the absolute paths of the layers below what was written.
func (m *Machine) below() iter.Seq[string] {
	return func(yield func(string) bool) {
		for rel := range m.lower.Paths() {
			if !yield(sandbox.WorkDir + "/" + rel) {
				return
			}
		}
		for p, file := range m.home {
			if file != nil && !yield(p) {
				return
			}
		}
		for name := range m.Spec.Files {
			if !yield(sandbox.FileDir + "/" + name) {
				return
			}
		}
	}
}

// hidden says whether something was written at p or above it.
func (m *Machine) hidden(p string) bool {
	for ; p != "/"; p = path.Dir(p) {
		if _, ok := m.written[p]; ok {
			return true
		}
	}
	return false
}

func (m *Machine) abs(name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(m.Dir, name)
}

// under says whether p is dir or inside it.
func under(p, dir string) bool {
	return p == dir || strings.HasPrefix(p, dir+"/")
}

package sandbox

import (
	"bytes"
	"path"
	"strings"

	"github.com/selfplay-swe/ssr/repo"
)

// keep leaves out files of the snapshot and leftovers of test runs.
func keep(tree *repo.Tree, path string) bool {
	file, ok := strings.CutPrefix(path, WorkDir+"/")
	if !ok {
		return true
	}
	if _, tracked := tree.Mode(file); tracked || tree.HasFolder(file) {
		return false // a folder is made for what is in it; deleting one of the snapshot's is dropped
	}
	for part := range strings.SplitSeq(file, "/") {
		switch part {
		case "__pycache__", ".pytest_cache", ".coverage", ".git":
			return false
		}
	}
	return true
}

// Own code is what a setup command can have left of the snapshot's own code
// outside the tree: copies (pip install .), their bytecode, and what a build or a
// test run leaves in the work tree. A solver that found them would read the
// original of the file that a bug is in.
//
// A copy is told by its content, folder and name together: files that many
// projects share, such as an empty __init__.py or a license, are no copies of
// the snapshot's. What has no content of the code, such as the names in an
// *.egg-info, stays. So does machine code that a setup compiled: the tests need
// it, and nobody reads the original from it at a glance.
type ownCode struct {
	tree  *repo.Tree
	files map[string][]string // by the last two elements of their paths
}

func newOwnCode(tree *repo.Tree) *ownCode {
	own := &ownCode{tree: tree, files: map[string][]string{}}
	for file := range tree.Paths() {
		own.files[tail(file)] = append(own.files[tail(file)], file)
	}
	return own
}

// tail is a file's name and its folder's.
func tail(file string) string {
	dir := path.Base(path.Dir(file))
	if dir == "." || dir == "site-packages" {
		return path.Base(file) // a module of its own, at the top of the tree or installed
	}
	return dir + "/" + path.Base(file)
}

// holds says whether w was made from the snapshot's own code.
func (o *ownCode) holds(w Written) bool {
	if file, ok := strings.CutPrefix(w.Path, WorkDir+"/"); ok && leftover(file) {
		return true
	}
	if source, ok := sourceOf(w.Path); ok {
		return len(o.files[tail(source)]) > 0
	}
	for _, file := range o.files[tail(w.Path)] {
		if o.same(w, file) {
			return true
		}
	}
	return false
}

func (o *ownCode) same(w Written, file string) bool {
	if w.Size == 0 {
		return false
	}
	original, err := o.tree.Read(file)
	if err != nil || int64(len(original.Data)) != w.Size {
		return false
	}
	data, err := w.Read()
	return err == nil && bytes.Equal(data, original.Data)
}

// leftover says whether a path of the work tree is what builds and test runs
// leave.
func leftover(file string) bool {
	top, _, _ := strings.Cut(file, "/")
	name := path.Base(file)
	switch {
	case top == "build", top == "dist", top == "htmlcov", top == ".nyc_output":
		return true
	case strings.HasPrefix(name, ".coverage"), name == "coverage.xml", strings.HasSuffix(name, ".pyc"):
		return true
	}
	return false
}

// sourceOf is the Python file that a bytecode file was compiled from.
func sourceOf(file string) (source string, ok bool) {
	if path.Ext(file) != ".pyc" {
		return "", false
	}
	dir, name := path.Split(file)
	name, _, _ = strings.Cut(name, ".")
	return path.Join(strings.TrimSuffix(dir, "__pycache__/"), name+".py"), true
}

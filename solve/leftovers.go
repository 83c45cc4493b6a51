package solve

import (
	"path"
	"strings"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// withoutLeftovers returns tree without what editors, merges and runs leave
// behind, because it can hold an earlier state of the code: rejected and saved
// versions of patched files, bytecode, coverage. Of the repository's own files
// only those go that were made from a file which differs now; a project that
// keeps bytecode as a test's data keeps it. (A nested .git is no path of a tree.)
func withoutLeftovers(tree, original *repo.Tree) (*repo.Tree, error) {
	changed := map[string]bool{}
	for _, change := range tree.Changes() {
		changed[change.Path] = true
	}
	drop := map[string]*repo.File{}
	for file := range tree.Paths() {
		_, tracked := original.Mode(file)
		if sandbox.IsLeftover(file) && (!tracked || changed[madeFrom(file)]) {
			drop[file] = nil
		}
	}
	return tree.With(drop)
}

// madeFrom is the file that a leftover was made from.
func madeFrom(file string) string {
	dir, name := path.Split(file)
	switch path.Ext(name) {
	case ".pyc", ".pyo":
		name, _, _ = strings.Cut(name, ".")
		return path.Join(strings.TrimSuffix(dir, "__pycache__/"), name+".py")
	}
	return strings.TrimSuffix(file, path.Ext(file))
}

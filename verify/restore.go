package verify

import (
	"path"

	"github.com/selfplay-swe/ssr/repo"
)

// restore returns tree with the oracle files as they are in the original:
// content and mode, also where they were deleted, replaced by a link or a folder,
// or where a folder that holds them was. What stands in their way is removed.
func restore(tree, original *repo.Tree, oracle []string) (*repo.Tree, error) {
	changes := map[string]*repo.File{}
	files, folders := map[string]bool{}, map[string]bool{}
	for _, file := range oracle {
		files[file] = true
		for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	for file := range tree.Paths() {
		if folders[file] || below(file, files) {
			changes[file] = nil
		}
	}
	for _, name := range oracle {
		file, err := original.Read(name)
		if err != nil {
			return nil, err
		}
		changes[name] = &file
	}
	return tree.With(changes)
}

// below says whether one of the folders that a path is in has the name of a file.
func below(name string, files map[string]bool) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if files[dir] {
			return true
		}
	}
	return false
}

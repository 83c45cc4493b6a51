package verify

import (
	"strings"

	"github.com/selfplay-swe/ssr/repo"
)

// restore returns tree with the oracle files as they are in the original:
// content and mode, also where they were deleted, replaced by a link or a folder,
// or where a folder that holds them was. What stands in their way is removed.
func restore(tree, original *repo.Tree, oracle []string) (*repo.Tree, error) {
	changes := map[string]*repo.File{}
	for path := range tree.Paths() {
		for _, file := range oracle {
			if strings.HasPrefix(path, file+"/") || strings.HasPrefix(file, path+"/") {
				changes[path] = nil
			}
		}
	}
	for _, path := range oracle {
		file, err := original.Read(path)
		if err != nil {
			return nil, err
		}
		changes[path] = &file
	}
	return tree.With(changes)
}

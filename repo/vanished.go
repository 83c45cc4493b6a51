package repo

import "strings"

// Vanished lists what of the snapshot below t has to be hidden so that only
// files of t are left: deleted files, and in place of the files of a folder that
// t no longer has, the topmost such folder, as git knows no empty folders.
// Nothing has to be hidden where something else stands in its place. In the order
// of [Tree.Changes].
func (t *Tree) Vanished() []string {
	var list []string
	folders := t.changedFolders()
	for _, change := range t.Changes() {
		if change.File != nil || len(list) > 0 && strings.HasPrefix(change.Path, list[len(list)-1]+"/") {
			continue
		}
		if gone, ok := t.vanished(change.Path, folders); ok {
			list = append(list, gone)
		}
	}
	return list
}

// vanished returns the topmost thing that is gone with the deleted file at path.
func (t *Tree) vanished(path string, folders map[string]string) (string, bool) {
	for i := range len(path) {
		if path[i] != '/' {
			continue
		}
		if _, replaced := t.Mode(path[:i]); replaced {
			return "", false
		}
		if _, left := t.firstBelow(path[:i], folders); !left {
			return path[:i], true
		}
	}
	_, replaced := t.firstBelow(path, folders)
	return path, !replaced
}

// HasFolder says whether a file of t is inside the folder dir.
func (t *Tree) HasFolder(dir string) bool {
	_, ok := t.firstBelow(dir, t.changedFolders())
	return ok
}

package repo

import (
	"fmt"
	"strings"
)

// maxPath is Linux's PATH_MAX less the room a sandbox's own folders need.
const maxPath = 3800

// maxTarget is the longest target that symlink(2) takes.
const maxTarget = 4095

// CheckPath says whether path can name a file of a tree: relative, clean,
// slash-separated, without NUL, no component longer than 255 bytes, and not
// git's own (".git" in any case, as a component anywhere).
func CheckPath(path string) error {
	switch {
	case path == "":
		return fmt.Errorf("a path is empty")
	case len(path) > maxPath:
		return fmt.Errorf("path %.40q… has %d bytes; at most %d are possible", path, len(path), maxPath)
	case strings.IndexByte(path, 0) >= 0:
		return fmt.Errorf("path %q has a NUL byte", path)
	case path[0] == '/':
		return fmt.Errorf("path %q is absolute; it must be relative to the repository's root", path)
	}
	for part := range strings.SplitSeq(path, "/") {
		switch {
		case part == "..":
			return fmt.Errorf("path %q leaves the tree", path)
		case part == "" || part == ".":
			return fmt.Errorf("path %q is not clean", path)
		case len(part) > 255:
			return fmt.Errorf("path %.40q… has a name of %d bytes; at most 255 are possible", path, len(part))
		case strings.EqualFold(part, ".git"):
			return fmt.Errorf("path %q is git's own", path)
		}
	}
	return nil
}

package repo

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
)

// An ignore knows which files git would not offer to add. Only files that are
// not tracked are asked for.
type ignore struct {
	patterns []gitignore.Pattern // the later ones win
}

// readUser reads what applies to all of the user's repositories, and exclude,
// the list that belongs to this one.
func (i *ignore) readUser(exclude string) {
	if global, err := gitignore.LoadGlobalPatterns(osfs.New("/")); err == nil {
		i.patterns = append(i.patterns, global...)
	}
	if dir, err := os.UserConfigDir(); err == nil {
		i.readFile(filepath.Join(dir, "git/ignore"))
	}
	i.readFile(exclude)
}

func (i *ignore) readFile(name string) {
	if data, err := os.ReadFile(name); err == nil {
		i.add(string(data), nil)
	}
}

// readFolder reads the .gitignore of a folder, if it is a file: like git, it
// does not follow a symlink.
func (i *ignore) readFolder(root *os.Root, dir string) {
	name := filepath.Join(dir, ".gitignore")
	info, err := root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	data, err := root.ReadFile(name)
	if err != nil {
		return
	}
	i.add(string(data), split(dir))
}

func (i *ignore) add(text string, dir []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) != "" && line[0] != '#' {
			i.patterns = append(i.patterns, gitignore.ParsePattern(line, dir))
		}
	}
}

func (i *ignore) match(path string, isDir bool) bool {
	return gitignore.NewMatcher(i.patterns).Match(split(path), isDir)
}

func split(path string) []string {
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

package verify

import (
	"path"

	"github.com/selfplay-swe/ssr/repo"
)

// A fence is around the files that decide what the tests say. No bug may be
// inside, and what a patch does there is left out: files that a [Steering] is
// about, and whatever stands in a folder that in the original holds oracle files
// and nothing else. A script that runs every file of such a folder would run a
// new one too, and what it prints.
type fence struct {
	rules   []Steering
	oracle  map[string]bool
	folders map[string]bool // of the original, with oracle files only, at any depth
}

func newFence(rules []Steering, original *repo.Tree, oracle []string) fence {
	f := fence{rules, map[string]bool{}, map[string]bool{}}
	for _, file := range oracle {
		f.oracle[file] = true
	}
	mixed := map[string]bool{".": true}
	for file := range original.Paths() {
		if !f.oracle[file] {
			for dir := path.Dir(file); !mixed[dir]; dir = path.Dir(dir) {
				mixed[dir] = true
			}
		}
	}
	for _, file := range oracle {
		for dir := path.Dir(file); !mixed[dir]; dir = path.Dir(dir) {
			f.folders[dir] = true
		}
	}
	return f
}

// around says why a path is inside, as in "is a Go test file", and "" when it is
// not. The oracle files themselves need no fence: they are put back.
func (f fence) around(file string) (why string) {
	for _, rule := range f.rules {
		if rule.About(file) {
			return rule.Why
		}
	}
	if f.oracle[file] {
		return ""
	}
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		if f.folders[dir] {
			return "is in a folder of oracle test files only"
		}
	}
	return ""
}

package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"path"
	"strings"

	"github.com/selfplay-swe/ssr/repo"
)

// TakeLimits bound what is taken of a player's work. More is no error, but what
// the player did. Zero fields take the default.
type TakeLimits struct {
	Files int   `json:"files"` // changed; default 1000
	Bytes int64 `json:"bytes"` // of all changed files together; default 16 MiB
}

// Complete returns the limits with the defaults filled in.
func (l TakeLimits) Complete() TakeLimits {
	return TakeLimits{Files: cmp.Or(l.Files, 1000), Bytes: cmp.Or(l.Bytes, 16<<20)}
}

// A Taken is what a player changed, as changes of the tree that it was given.
type Taken struct {
	Changes map[string]*repo.File // for repo.Tree.With; nil: deleted
	Problem string                // why there are no Changes; "" if there are
	Notes   []string              // what was left out, as sentences
}

// Take reads what the commands in box changed of tree, which it was made with,
// from the sandbox's top layer: nothing that runs inside can make it say
// something else, git's own files there are never looked at, and no symlink is
// followed. It ends whatever still runs. What no patch can hold is left out, with
// a note; so are leftovers of running code.
func (l TakeLimits) Take(ctx context.Context, box Sandbox, tree *repo.Tree) (*Taken, error) {
	all, err := box.Changes(ctx)
	if many, ok := errors.AsType[*TooManyError](err); ok {
		return &Taken{Problem: many.Error()}, nil
	}
	if err != nil {
		return nil, err
	}
	l = l.Complete()
	taken := &Taken{Changes: map[string]*repo.File{}}
	kept := taken.leaveOut(tree, all)
	if taken.Problem = l.exceeded(kept); taken.Problem != "" {
		return taken, nil
	}
	for _, c := range kept {
		taken.clear(tree, c.Path)
		if c.Deleted {
			continue
		}
		file, err := box.Read(ctx, c.Path, l.Bytes)
		if err != nil {
			return nil, err
		}
		if err := file.Check(); err != nil {
			taken.note(c.Path, err.Error())
			continue
		}
		taken.Changes[c.Path] = &file
	}
	return taken, nil
}

// clear deletes what the tree has at a path or below it.
func (t *Taken) clear(tree *repo.Tree, path string) {
	if _, ok := tree.Mode(path); ok {
		t.Changes[path] = nil
	}
	if !tree.HasFolder(path) {
		return
	}
	for file := range tree.Paths() {
		if strings.HasPrefix(file, path+"/") {
			t.Changes[file] = nil
		}
	}
}

// leaveOut returns the changes that a patch can hold.
func (t *Taken) leaveOut(tree *repo.Tree, all []Change) []Change {
	var kept []Change
	left := 0
	for _, c := range all {
		_, known := tree.Mode(c.Path)
		switch err := repo.CheckPath(c.Path); {
		case err != nil:
			t.note(c.Path, err.Error())
		case c.Mode == 0 && !c.Deleted:
			t.note(c.Path, "it is no file that git can store")
		case IsLeftover(c.Path) && !known:
			left++
		default:
			kept = append(kept, c)
		}
	}
	if left > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("leftovers of running code (bytecode, caches, coverage) are left out: %d", left))
	}
	return kept
}

// note says that a path was left out.
func (t *Taken) note(path, why string) {
	const most = 20
	switch {
	case len(t.Notes) < most:
		t.Notes = append(t.Notes, fmt.Sprintf("%q is left out: %s", path, why))
	case len(t.Notes) == most:
		t.Notes = append(t.Notes, "and more")
	}
}

// exceeded says which limit the changes exceed; "": none.
func (l TakeLimits) exceeded(changes []Change) string {
	var bytes int64
	for _, c := range changes {
		bytes = c.Size + min(bytes, math.MaxInt64-c.Size) // sparse files have any size
	}
	switch {
	case len(changes) > l.Files:
		return fmt.Sprintf("%d files were changed; at most %d can be a patch", len(changes), l.Files)
	case bytes > l.Bytes:
		return fmt.Sprintf("the files that were changed have %d bytes; at most %d can be a patch", bytes, l.Bytes)
	}
	return ""
}

// IsLeftover says whether running or patching code leaves files of that name.
func IsLeftover(file string) bool {
	for part := range strings.SplitSeq(file, "/") {
		switch part {
		case "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".nyc_output", "htmlcov":
			return true
		}
	}
	switch path.Ext(file) {
	case ".pyc", ".pyo", ".orig", ".rej", ".gcda":
		return true
	}
	name := path.Base(file)
	return name == ".coverage" || strings.HasPrefix(name, ".coverage.") || name == "coverage.xml"
}

package solve

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// Limits bound what is taken from a desk. More is no error, but an attempt that
// is not solved and says why. Zero fields take the default.
type Limits struct {
	Files int   `json:"files"` // changed; default 1000
	Bytes int64 `json:"bytes"` // of all changed files together; default 16 MiB
}

func (l Limits) withDefaults() Limits {
	return Limits{Files: cmp.Or(l.Files, 1000), Bytes: cmp.Or(l.Bytes, 16<<20)}
}

// changes reads what the solver changed. What no patch can hold is left out, with
// a note; so are leftovers of running code.
func (d *Desk) changes(ctx context.Context, a *Attempt) (map[string]*repo.File, error) {
	all, err := d.Box.Changes(ctx)
	if err != nil {
		return nil, err
	}
	kept := d.Task.leaveOut(all, a)
	if a.Problem = d.Task.Take.exceeded(kept); a.Problem != "" {
		return nil, nil
	}
	changes := map[string]*repo.File{}
	for _, c := range kept {
		d.Task.clear(c.Path, changes)
		if c.Deleted {
			continue
		}
		file, err := d.Box.Read(ctx, c.Path, d.Task.Take.Bytes)
		if err != nil {
			return nil, err
		}
		if err := file.Check(); err != nil {
			a.note(c.Path, err.Error())
			continue
		}
		changes[c.Path] = &file
	}
	return changes, nil
}

// clear deletes what the task's tree has at a path or below it.
func (t *Task) clear(path string, changes map[string]*repo.File) {
	if _, ok := t.Tree.Mode(path); ok {
		changes[path] = nil
	}
	if !t.Tree.HasFolder(path) {
		return
	}
	for file := range t.Tree.Paths() {
		if strings.HasPrefix(file, path+"/") {
			changes[file] = nil
		}
	}
}

// leaveOut returns the changes that a patch can hold.
func (t *Task) leaveOut(all []sandbox.Change, a *Attempt) []sandbox.Change {
	var kept []sandbox.Change
	left := 0
	for _, c := range all {
		_, known := t.Tree.Mode(c.Path)
		switch err := repo.CheckPath(c.Path); {
		case err != nil:
			a.note(c.Path, err.Error())
		case c.Mode == 0 && !c.Deleted:
			a.note(c.Path, "it is no file that git can store")
		case isLeftover(c.Path) && !known:
			left++
		default:
			kept = append(kept, c)
		}
	}
	if left > 0 {
		a.Notes = append(a.Notes, fmt.Sprintf("%d files that running code leaves (bytecode, caches, coverage) are left out", left))
	}
	return kept
}

// note says that a path was left out.
func (a *Attempt) note(path, why string) {
	const most = 20
	switch {
	case len(a.Notes) < most:
		a.Notes = append(a.Notes, fmt.Sprintf("%q is left out: %s", path, why))
	case len(a.Notes) == most:
		a.Notes = append(a.Notes, "and more")
	}
}

// exceeded says which limit the changes exceed; "": none.
func (l Limits) exceeded(changes []sandbox.Change) string {
	var bytes int64
	for _, c := range changes {
		bytes += c.Size
	}
	switch {
	case len(changes) > l.Files:
		return fmt.Sprintf("the solver changed %d files; at most %d can be a patch", len(changes), l.Files)
	case bytes > l.Bytes:
		return fmt.Sprintf("the files that the solver changed have %d bytes; at most %d can be a patch", bytes, l.Bytes)
	}
	return ""
}

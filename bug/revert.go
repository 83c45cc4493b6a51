package bug

import (
	"errors"
	"io/fs"

	"github.com/selfplay-swe/ssr/repo"
)

// Revert returns broken with the one entry e undone: every path that e touches
// is as in original, bytes and mode. What e added is removed, what it deleted
// restored, of a rename both. This is the inverse mutation of the paper's
// consistency checks; it takes the files from the tree instead of reversing
// text, so that it cannot fail where the other entries moved lines.
//
// It is an [*ApplyError] when e cannot be undone alone: another entry put a
// file where e removed a folder's.
func Revert(original, broken *repo.Tree, e *Entry) (*repo.Tree, error) {
	changes := make(map[string]*repo.File)
	for _, path := range e.Touches() {
		file, err := original.Read(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			changes[path] = nil
		case err != nil:
			return nil, err
		default:
			changes[path] = &file
		}
	}
	next, err := broken.With(changes)
	if err != nil {
		a := &application{tree: broken, changes: changes}
		return nil, e.patch.named(a.misfit(reversed(e.parts), err))
	}
	return next, nil
}

package solve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// A LeakError says that a solver could look up the original of a file that it is
// to repair.
type LeakError struct {
	File  string // of the original
	Place string // where it can be read, as inside a sandbox
}

func (e *LeakError) Error() string {
	return fmt.Sprintf("%s can be read in %s as it was before the bug; the setup command must leave nothing of the repository's own code outside %s",
		e.File, e.Place, sandbox.WorkDir)
}

// leakSize is how many bytes a file has at least that would tell a solver
// something. Smaller ones, such as a line with a version, look alike by chance.
const leakSize = 32

// leaks looks in the setup for files that the bug changed, as they were. It
// compares whole files, of those that have the right size: a copy is what
// installing makes. What it was compiled to is left out of the layer when that is
// made (see sandbox.Setup), and looked for by tests.
func (t *Task) leaks(ctx context.Context) error {
	wanted, err := t.originals()
	if err != nil {
		return err
	}
	for layer := t.Setup; layer != nil; layer = layer.Below {
		for _, part := range []struct{ dir, inside string }{{"work", sandbox.WorkDir}, {"home", sandbox.HomeDir}} {
			if err := search(ctx, filepath.Join(layer.Dir, part.dir), part.inside, wanted); err != nil {
				return err
			}
		}
	}
	return nil
}

// An original is a file before the bug.
type original struct {
	path string
	data []byte
}

// originals are the files that differ in the task's tree, by size.
func (t *Task) originals() (map[int64][]original, error) {
	list := map[int64][]original{}
	for _, change := range t.Tree.Changes() {
		file, err := t.bug.Original().Read(change.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, err
		}
		if size := int64(len(file.Data)); size >= leakSize && file.Mode != repo.Symlink {
			list[size] = append(list[size], original{change.Path, file.Data})
		}
	}
	return list, nil
}

// search walks a folder of a layer, which appears inside at a place.
func search(ctx context.Context, dir, inside string, wanted map[int64][]original) error {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return errors.Join(err, ctx.Err())
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		for _, o := range wanted[info.Size()] {
			data, err := root.ReadFile(name)
			if err != nil {
				return err
			}
			if bytes.Equal(data, o.data) {
				return &LeakError{o.path, path.Join(inside, name)}
			}
		}
		return nil
	})
}

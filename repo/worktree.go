package repo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A workTree compares a checkout's files with the snapshot of its HEAD. It
// trusts neither git's index nor its flags (assume-unchanged, skip-worktree) but
// reads the files, and runs no filter: a file that differs in its line endings
// only, or that Git LFS put in place of its pointer, counts as unchanged, and
// the committed bytes are taken.
type workTree struct {
	root    *os.Root
	head    *base
	sparse  bool // git was told to check out some of the files only
	anyMode bool // the executable bit does not count (core.fileMode=false)
	ignore  ignore
	known   []string // the notes of head

	found   []diskFile          // that count: tracked ones and those that are not ignored
	asHead  map[string]bool     // of these, those whose committed bytes are taken
	seen    map[string]struct{} // tracked ones that are there
	changes []string            // as in `git status --short`, sorted by path but for deletions
	nested  []string            // repositories inside that are no submodules
	deleted int
}

// compare fills the work tree's lists.
func (w *workTree) compare(ctx context.Context, at *checkout) error {
	w.asHead, w.seen = map[string]bool{}, map[string]struct{}{}
	exclude := filepath.Join(at.git, "info/exclude")
	if at.common != "" {
		exclude = filepath.Join(at.common, "info/exclude")
	}
	w.ignore.readUser(exclude)
	err := walkFolder(w.root, "", walker{enter: w.enter, visit: func(file diskFile) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return w.visit(file)
	}})
	if err != nil {
		return err
	}
	for path := range w.head.paths() {
		if _, ok := w.seen[path]; !ok {
			w.deleted++
			w.changes = append(w.changes, " D "+path)
		}
	}
	return nil
}

// enter says whether the walk goes into the folder dir.
func (w *workTree) enter(dir string) bool {
	if dir != "" && !w.tracksBelow(dir) {
		if _, err := w.root.Lstat(dir + "/.git"); err == nil {
			w.nested = append(w.nested, dir) // a submodule, or a repository of its own
			return false
		}
		if w.ignore.match(dir, true) {
			return false
		}
	}
	w.ignore.readFolder(w.root, dir)
	return true
}

func (w *workTree) tracksBelow(dir string) bool {
	for range w.head.below(dir) {
		return true
	}
	return false
}

func (w *workTree) visit(file diskFile) error {
	e := w.head.find(file.path)
	switch {
	case file.gitDir:
		return nil
	case file.special != nil && e == nil: // git does not see it either
		return nil
	case file.special != nil:
		return fmt.Errorf("%q is a %w: remove it first", file.path, file.special)
	case e == nil && w.ignore.match(file.path, false):
		return nil
	case e == nil:
		w.found = append(w.found, file)
		w.changes = append(w.changes, "?? "+file.path)
		return nil
	}
	w.seen[file.path] = struct{}{}
	if w.anyMode && e.mode != Symlink && file.mode != Symlink {
		file.mode = e.mode
	}
	same, err := w.same(file, e)
	if err != nil {
		return err
	}
	if !same {
		w.changes = append(w.changes, " M "+file.path)
	}
	w.found = append(w.found, file)
	return nil
}

// same says whether file is e as git would check it out.
func (w *workTree) same(file diskFile, e *entry) (bool, error) {
	if file.mode != e.mode {
		return false, nil
	}
	if file.size == e.size && file.mode != Symlink {
		sum := sha256.New()
		if err := file.open(w.root, func(_ string, _ Mode, _ int64, r io.Reader) error { _, err := io.Copy(sum, r); return err }); err != nil {
			return false, err
		}
		return [32]byte(sum.Sum(nil)) == e.sum, nil
	}
	data, err := readEntry(w.root, &entry{path: file.path, mode: file.mode})
	if err != nil {
		return false, err
	}
	if file.mode == Symlink {
		return sha256.Sum256(data) == e.sum, nil
	}
	if !sameLines(data, e) && !w.sameLFS(data, e) {
		return false, nil
	}
	w.asHead[file.path] = true
	return true, nil
}

func sameLines(data []byte, e *entry) bool {
	return int64(len(data)) > e.size && sha256.Sum256(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))) == e.sum
}

// sameLFS says whether e is the pointer of Git LFS that stands for data.
// https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
func (w *workTree) sameLFS(data []byte, e *entry) bool {
	if e.size > 1024 {
		return false
	}
	pointer, err := w.head.read(e.path)
	if err != nil || !bytes.HasPrefix(pointer.Data, []byte("version https://git-lfs.github.com/spec/")) {
		return false
	}
	return bytes.Contains(pointer.Data, fmt.Appendf(nil, "\noid sha256:%x\nsize %d\n", sha256.Sum256(data), len(data)))
}

// files yields the work tree as it is.
func (w *workTree) files(_ context.Context, add addFunc) error {
	for _, file := range w.found {
		root := w.root
		if w.asHead[file.path] {
			root = w.head.root
			file.size = w.head.find(file.path).size
		}
		if err := file.open(root, add); err != nil {
			return err
		}
	}
	return nil
}

func (w *workTree) notes() (notes []string) {
	if n := len(w.asHead); n > 0 {
		notes = append(notes, fmt.Sprintf("%d files of the work tree differ from the commit by a conversion of line endings or by Git LFS; they are taken as committed", n))
	}
	for _, dir := range w.nested {
		if !slices.Contains(w.known, submoduleNote(dir)) {
			notes = append(notes, fmt.Sprintf("%q is a repository of its own and was left out", dir))
		}
	}
	return notes
}

// summary names the first changes.
func (w *workTree) summary() string {
	const shown = 5
	if len(w.changes) <= shown {
		return fmt.Sprintf("%q", w.changes)
	}
	return fmt.Sprintf("%q and %d more", w.changes[:shown], len(w.changes)-shown)
}

func (w *workTree) refusal() error {
	if w.sparse && w.deleted == len(w.changes) {
		return errors.New("the checkout is sparse, so most files of its commit are not there: name the commit (Rev, --rev HEAD) to take all of it")
	}
	return fmt.Errorf("it has uncommitted changes: %s; commit or stash them, include them (Uncommitted, --uncommitted), or name the commit (Rev, --rev HEAD) to leave them out", strings.ReplaceAll(w.summary(), `\"`, `"`))
}

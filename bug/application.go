package bug

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/selfplay-swe/ssr/repo"
)

// maxLink is Linux's PATH_MAX less the final NUL: the longest symlink.
const maxLink = 4095

// An application gathers what parts do to a tree.
type application struct {
	tree    *repo.Tree
	changes map[string]*repo.File
	left    int64 // bytes that may still be made
}

// apply adds what p does, or says as an [*ApplyError] why p does not fit.
func (a *application) apply(p part) error {
	before, err := a.before(p)
	if err != nil {
		return err
	}
	data, err := a.content(p, before.Data)
	if err != nil {
		return err
	}
	if p.old.path != "" && !p.copied {
		a.changes[p.old.path] = nil
	}
	if p.new.path == "" {
		return p.emptied(data)
	}
	after := &repo.File{Mode: p.new.mode, Data: data}
	if after.Mode == 0 {
		after.Mode = before.Mode
	}
	return a.put(p, after)
}

// before reads the file that p starts from: an empty one if p adds.
func (a *application) before(p part) (repo.File, error) {
	if p.old.path == "" {
		return repo.File{Mode: repo.Regular}, nil
	}
	file, err := a.tree.Read(p.old.path)
	if errors.Is(err, fs.ErrNotExist) {
		return repo.File{}, p.unfit(p.old.path, "the tree has no such file"+a.linkAbove(p.old.path))
	}
	if err != nil {
		return repo.File{}, err
	}
	if p.old.mode != 0 && p.old.mode != file.Mode {
		failed := p.unfit(p.old.path, "the mode differs")
		failed.Want, failed.Got = fmt.Sprintf("%o", p.old.mode), fmt.Sprintf("%o", file.Mode)
		return repo.File{}, failed
	}
	return file, nil
}

// content returns what p makes of data.
func (a *application) content(p part, data []byte) ([]byte, error) {
	if p.binary == nil && len(p.hunks) == 0 {
		return data, nil
	}
	var err error
	if p.binary != nil {
		data, err = p.binary.apply(p, data, a.left)
	} else {
		data, err = p.edit(data)
	}
	if err != nil {
		return nil, err
	}
	if a.left -= int64(len(data)); a.left < 0 {
		return nil, p.unfit(p.path(), "the patch makes more bytes than are allowed")
	}
	return data, nil
}

// emptied refuses a deletion that does not know all of the file.
func (p part) emptied(data []byte) error {
	if len(data) == 0 || p.uncopies {
		return nil
	}
	return p.unfit(p.old.path, fmt.Sprintf("the file has %d bytes more than the patch deletes", len(data)))
}

// put places the new file of p. That no other file is in its way, and no
// symlink or folder, is seen when all parts are in; see misfit.
func (a *application) put(p part, file *repo.File) error {
	target := string(file.Data)
	if file.Mode == repo.Symlink && (target == "" || len(target) > maxLink || strings.Contains(target, "\x00")) {
		return p.unfit(p.new.path, fmt.Sprintf("a symlink cannot have the target %.60q", target))
	}
	freed, ok := a.changes[p.new.path]
	if _, exists := a.tree.Mode(p.new.path); exists && (!ok || freed != nil) {
		return p.unfit(p.new.path, "the tree has such a file already")
	}
	a.changes[p.new.path] = file
	return nil
}

// misfit finds the part for which the tree refused the changes with err. If
// there is none, err is the host's.
func (a *application) misfit(parts []part, err error) error {
	for _, p := range parts {
		if above := a.linkAbove(p.new.path); above != "" {
			return p.unfit(p.new.path, "it cannot be written"+above)
		}
	}
	for _, p := range parts {
		if inside := a.inside(p.new.path); inside != "" && p.new.path != "" {
			return p.unfit(p.new.path, fmt.Sprintf("it cannot be a file: it is a folder, with %q in it", inside))
		}
	}
	return err
}

// linkAbove says which symlink or file path would go through, of the tree or of
// the patch; "" if none.
func (a *application) linkAbove(path string) string {
	for i := range len(path) {
		if path[i] != '/' {
			continue
		}
		switch a.mode(path[:i]) {
		case 0:
		case repo.Symlink:
			return fmt.Sprintf(": %q is a symlink", path[:i])
		default:
			return fmt.Sprintf(": %q is a file, not a folder", path[:i])
		}
	}
	return ""
}

// mode is that of path with the changes made; 0: no file.
func (a *application) mode(path string) repo.Mode {
	if file, ok := a.changes[path]; ok {
		if file == nil {
			return 0
		}
		return file.Mode
	}
	mode, _ := a.tree.Mode(path)
	return mode
}

// inside returns a file below dir, "" if there is none.
func (a *application) inside(dir string) string {
	for path := range a.tree.Paths() {
		if strings.HasPrefix(path, dir+"/") && a.mode(path) != 0 {
			return path
		}
	}
	for path, file := range a.changes {
		if strings.HasPrefix(path, dir+"/") && file != nil {
			return path
		}
	}
	return ""
}

func (p part) unfit(path, problem string) *ApplyError {
	return &ApplyError{Line: p.line, Path: path, Problem: problem}
}

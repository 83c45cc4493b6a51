package repo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/config"
)

// A checkout is a folder whose .git says where its repository is.
type checkout struct {
	dir    string // its root
	git    string // the git directory
	common string // the git directory it shares with other work trees; "" when it does not
}

// findCheckout looks for .git in dir. It returns nil when dir is no checkout,
// and refuses a folder inside of one: a tree is a repository's whole.
func findCheckout(dir string) (*checkout, error) {
	info, err := os.Lstat(filepath.Join(dir, ".git"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refuseInside(dir)
	}
	if err != nil {
		return nil, err
	}
	git := filepath.Join(dir, ".git")
	switch {
	case info.IsDir():
		return &checkout{dir: dir, git: git}, nil
	case info.Mode().IsRegular():
		return followRedirect(dir, git)
	default:
		return nil, errors.New("its .git is neither a folder nor a file; open the checkout that it belongs to")
	}
}

func refuseInside(dir string) error {
	for above := filepath.Dir(dir); above != filepath.Dir(above); above = filepath.Dir(above) {
		if _, err := os.Lstat(filepath.Join(above, ".git")); err == nil {
			return fmt.Errorf("it is inside the git checkout %s: open that, or copy the folder to where no checkout is above it", above)
		}
	}
	return nil
}

// followRedirect reads a .git file, as linked work trees and submodules have.
// The git directory that it names must name this checkout too: otherwise an
// unpacked archive could have us read any repository on the machine.
func followRedirect(dir, file string) (*checkout, error) {
	to, err := readLine(file)
	if err != nil {
		return nil, err
	}
	to, ok := strings.CutPrefix(to, "gitdir: ")
	if !ok {
		return nil, errors.New("its .git is a file that does not start with \"gitdir: \"")
	}
	git := absolute(dir, to)
	if back, err := readLine(filepath.Join(git, "gitdir")); err == nil && sameFile(absolute(git, back), file) {
		common, err := readLine(filepath.Join(git, "commondir"))
		if err != nil {
			return nil, fmt.Errorf("read the linked work tree's repository: %w", err)
		}
		return &checkout{dir: dir, git: git, common: absolute(git, common)}, nil
	}
	s, err := openStore(git, "", true)
	if err != nil {
		return nil, fmt.Errorf("follow .git to %s: %w", git, err)
	}
	defer s.Close()
	if tree := s.config.Core.Worktree; tree != "" && sameFile(absolute(git, tree), dir) {
		return &checkout{dir: dir, git: git}, nil // a submodule's, or made by --separate-git-dir and configured
	}
	return nil, fmt.Errorf("its .git names %s, which does not name this folder as its work tree; open the checkout that this repository belongs to, or file://%s for its commits alone", git, git)
}

// openCheckout takes HEAD if the work tree holds just that, Rev whatever the
// work tree holds, or the work tree itself.
func (c *cache) openCheckout(ctx context.Context, at *checkout, opts Options) (*Snapshot, error) {
	if opts.Rev != "" && opts.Uncommitted {
		return nil, errors.New("uncommitted changes are changes to HEAD; they cannot be taken with another commit")
	}
	s, err := openStore(at.git, at.common, true)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if tree := s.config.Core.Worktree; tree != "" && !sameFile(absolute(at.git, tree), at.dir) {
		return nil, fmt.Errorf("its core.worktree is %s: open that folder, or file://%s for the commits alone", absolute(at.git, tree), at.git)
	}
	commit, err := s.resolve(opts.Rev)
	if err != nil {
		return nil, err
	}
	snapshot, err := c.openCommit(ctx, s, at.dir, at.git, commit)
	if err != nil || opts.Rev != "" {
		return snapshot, err
	}
	return c.withWorkTree(ctx, at, s, snapshot, opts)
}

// withWorkTree compares the work tree with the snapshot of its HEAD.
func (c *cache) withWorkTree(ctx context.Context, at *checkout, s *gitStore, head *Snapshot, opts Options) (*Snapshot, error) {
	root, err := os.OpenRoot(at.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	w := &workTree{root: root, head: head.Tree.base, known: head.Notes, sparse: s.isSparse(), anyMode: s.ignoresModes()}
	if err := w.compare(ctx, at); err != nil {
		return nil, err
	}
	notes := append(head.Notes, w.notes()...)
	if len(w.changes) == 0 {
		head.Notes = notes
		return head, nil
	}
	if !opts.Uncommitted {
		return nil, w.refusal()
	}
	b, err := c.find(ctx, w.files)
	if err != nil {
		return nil, err
	}
	snapshot := c.snapshot(b, head.Source, head.Commit, append(notes, "uncommitted changes are included: "+w.summary()))
	snapshot.history = head.history
	return snapshot, nil
}

// isSparse says whether git checked out some of the files only.
func (s *gitStore) isSparse() bool {
	sparse := s.config.Raw.Section("core").Option("sparseCheckout")
	if f, err := os.Open(filepath.Join(s.dir, "config.worktree")); err == nil {
		defer f.Close()
		if own, err := config.ReadConfig(f); err == nil {
			sparse = cmp.Or(own.Raw.Section("core").Option("sparseCheckout"), sparse)
		}
	}
	return strings.EqualFold(sparse, "true")
}

// ignoresModes says whether the executable bit means nothing where it is.
func (s *gitStore) ignoresModes() bool {
	return strings.EqualFold(s.config.Raw.Section("core").Option("filemode"), "false")
}

func readLine(name string) (string, error) {
	data, err := os.ReadFile(name)
	return strings.TrimRight(string(data), "\r\n"), err
}

func absolute(dir, name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(dir, name)
}

func sameFile(a, b string) bool {
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(x, y)
}

func isFile(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.Mode().IsRegular()
}

func isDir(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.IsDir()
}

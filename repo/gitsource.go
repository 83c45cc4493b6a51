package repo

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"
)

// openCommit takes a commit of a store. Place is what names the repository in
// the cache: the same commit of the same place was opened before or is unpacked.
func (c *cache) openCommit(ctx context.Context, s *gitStore, source, place string, commit plumbing.Hash) (*Snapshot, error) {
	snapshot, err := c.recall(source, "git", place, commit.String())
	if err != nil {
		return nil, err
	}
	if snapshot == nil {
		if snapshot, err = c.unpackCommit(ctx, s, source, commit); err != nil {
			return nil, err
		}
		if err := c.remember(snapshot, "git", place, commit.String()); err != nil {
			return nil, err
		}
	}
	snapshot.history = gitHistory{snapshot, s.dir, s.common}
	return snapshot, nil
}

func (c *cache) unpackCommit(ctx context.Context, s *gitStore, source string, commit plumbing.Hash) (*Snapshot, error) {
	var notes []string
	b, err := c.build(ctx, s.files(commit, func(note string) { notes = append(notes, note) }))
	if err != nil {
		return nil, fmt.Errorf("commit %s: %w", commit, err)
	}
	return c.snapshot(b, source, commit.String(), notes), nil
}

// openFileURL takes a commit of a repository on this machine, which is read in
// place: go-git would start the git binary to clone it.
func (c *cache) openFileURL(ctx context.Context, path, source string, opts Options) (*Snapshot, error) {
	if !filepath.IsAbs(path) {
		return nil, fmt.Errorf("a file URL has an absolute path, as in file:///home/me/repository")
	}
	for _, dir := range []string{filepath.Join(path, ".git"), path} {
		if isGitDir(dir) {
			return c.openBare(ctx, dir, source, opts)
		}
	}
	return nil, fmt.Errorf("there is no git repository in %s", path)
}

// openBare takes a commit of a repository whose work tree, if it has one, does
// not matter.
func (c *cache) openBare(ctx context.Context, dir, source string, opts Options) (*Snapshot, error) {
	if opts.Uncommitted {
		return nil, fmt.Errorf("there is no work tree to take uncommitted changes from: name the checkout's folder instead")
	}
	s, err := openStore(dir, "", true)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	commit, err := s.resolve(opts.Rev)
	if err != nil {
		return nil, err
	}
	return c.openCommit(ctx, s, source, dir, commit)
}

// isGitDir says whether dir looks like a git directory, as git decides it.
func isGitDir(dir string) bool {
	return isFile(filepath.Join(dir, "HEAD")) && isDir(filepath.Join(dir, "objects")) && isDir(filepath.Join(dir, "refs"))
}

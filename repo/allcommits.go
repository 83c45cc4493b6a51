package repo

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// AllCommits writes the git directory of a repository that holds a snapshot's
// whole history, for a player who may learn from the past: of a git source every
// commit that led to the snapshot's, merged branches included, of a module a
// commit for each release of [Snapshot.History], of a folder the one commit of
// [OneCommit]. It is on the branch main; there is no other reference, no remote,
// no hook, no object that the branch does not reach, and the configuration is
// ours. Dir and the index are as in [OneCommit]. Where the snapshot is not what
// its commit holds (uncommitted changes, submodules that were left out) there is
// one commit more.
//
// The directory is made once and kept beside the snapshot ("commits-…"). What
// dir gets are copies, never links: who works in it can write to nothing else.
func AllCommits(ctx context.Context, s *Snapshot, dir string) error {
	if err := allCommits(ctx, s, dir); err != nil {
		return fmt.Errorf("write a repository of all commits: %w", err)
	}
	return nil
}

func allCommits(ctx context.Context, s *Snapshot, dir string) error {
	if s.history == nil {
		return oneCommit(ctx, s.Tree, dir)
	}
	if err := checkNew(dir); err != nil {
		return err
	}
	kept, err := s.keepCommits(ctx)
	if err != nil {
		return err
	}
	return copyFolder(ctx, kept, dir)
}

// keepCommits returns the kept directory, and makes it if nobody has.
func (s *Snapshot) keepCommits(ctx context.Context) (string, error) {
	id, err := s.history.id()
	if err != nil {
		return "", err
	}
	name := filepath.Join(s.Dir, fmt.Sprintf("commits-%.8x", sha256.Sum256([]byte(id))))
	s.Tree.base.commits.Lock()
	defer s.Tree.base.commits.Unlock()
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return name, err
	}
	c := &cache{dir: filepath.Dir(filepath.Dir(s.Dir)), log: s.log}
	made, lock, err := c.tempDir("snapshots")
	if err != nil {
		return "", err
	}
	defer lock.Close()
	defer os.RemoveAll(made) // gone already when all went well
	if err := s.makeCommits(ctx, made); err != nil {
		return "", err
	}
	if err := syncFiles(made); err != nil {
		return "", err
	}
	return name, publish(made, name)
}

// syncFiles brings the files of a git directory, which are few, to the disk.
func syncFiles(dir string) error {
	return filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}

// A tip is the last commit of a history that was written.
type tip struct {
	commit, tree hash
	shallow      []byte // git's list of the commits whose parents are not there
}

// makeCommits writes the git directory.
func (s *Snapshot) makeCommits(ctx context.Context, dir string) error {
	if err := makeGitFolders(dir); err != nil {
		return err
	}
	prepared, err := s.Tree.base.prepare(ctx)
	if err != nil {
		return fmt.Errorf("prepare snapshot %s: %w", s.Key[:12], err)
	}
	last, err := s.history.write(ctx, dir, prepared)
	if err != nil {
		return err
	}
	c, err := collect(s.Tree, prepared)
	if err != nil {
		return err
	}
	if c.folders.hash != last.tree {
		last.commit = c.add(objectCommit, commitText(c.folders.hash, []hash{last.commit}, commitAuthor, "The files as they were opened\n"))
		if err := writePack(ctx, filepath.Join(dir, "objects/pack"), c, prepared); err != nil {
			return err
		}
	}
	if last.shallow != nil {
		err = os.WriteFile(filepath.Join(dir, "shallow"), last.shallow, 0o644)
	}
	return errors.Join(err, writeGitFiles(dir, c, last.commit))
}

// copyFolder copies a git directory of ours.
func copyFolder(ctx context.Context, from, to string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return os.CopyFS(to, os.DirFS(from))
}

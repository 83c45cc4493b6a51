package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// own gives the files of a layer to the reserved user, when the engine is root:
// commands must be able to change them, in their overlay. The folder itself is
// last, so that its owner tells whether the rest is done; two processes at once
// do the same thing.
func (p *Provider) own(dir string) error {
	if !p.root {
		return nil
	}
	if _, done := p.owned.Load(dir); done {
		return nil
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || stat.Uid != reservedID {
		if err := chown(dir); err != nil {
			return fmt.Errorf("give %s to the sandbox's user: %w", dir, err)
		}
	}
	p.owned.Store(dir, true)
	return nil
}

// ownGit gives a git directory to the reserved user, each time: it is a few files
// that one sandbox stands on, and another can be made at the same place.
func (p *Provider) ownGit(dir string) error {
	if !p.root {
		return nil
	}
	if err := chown(dir); err != nil {
		return fmt.Errorf("give %s to the sandbox's user: %w", dir, err)
	}
	return nil
}

func chown(dir string) error {
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		return os.Lchown(path, reservedID, reservedID)
	})
	return errors.Join(err, os.Lchown(dir, reservedID, reservedID))
}

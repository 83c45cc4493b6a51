package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// A Scratch is a folder of the host that is there as long as the process that
// made it needs it, such as for [Spec].Git: it holds a lock, and whoever makes the
// next one removes those whose lock nobody holds any more, left by processes that
// were killed.
type Scratch struct {
	Path string // has the lock's file in it, and otherwise what its user makes

	lock *os.File
}

const (
	scratchPrefix = "ssr-scratch-"
	lockName      = "lock"
)

// NewScratch makes a folder among the temporary files. It gets its last name when
// its lock is held.
func NewScratch() (_ *Scratch, err error) {
	sweepScratches()
	s := &Scratch{}
	if s.Path, err = os.MkdirTemp("", "new-"+scratchPrefix); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Remove())
		}
	}()
	if s.lock, err = os.Create(filepath.Join(s.Path, lockName)); err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, err
	}
	dir, name := filepath.Split(s.Path)
	named := filepath.Join(dir, strings.TrimPrefix(name, "new-"))
	if err := os.Rename(s.Path, named); err != nil {
		return nil, err
	}
	s.Path = named
	return s, nil
}

// Remove removes the folder, and then gives up its lock.
func (s *Scratch) Remove() error {
	err := os.RemoveAll(s.Path)
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

// sweepScratches removes what killed processes left. What cannot be removed, such as
// another user's, stays.
func sweepScratches() {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), scratchPrefix+"*", lockName))
	for _, name := range left {
		lock, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
		if err != nil {
			continue
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.RemoveAll(filepath.Dir(name))
		}
		lock.Close()
	}
}

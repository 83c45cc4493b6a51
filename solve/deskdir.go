package solve

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// A deskDir is a folder of the host that is there as long as the process that
// made it needs it: it holds a lock, and whoever makes the next one removes those
// whose lock nobody holds any more, left by processes that were killed.
type deskDir struct {
	path string
	lock *os.File
}

const (
	deskPrefix = "ssr-desk-"
	lockName   = "lock"
)

// newDeskDir makes a folder. It gets its last name when its lock is held.
func newDeskDir() (_ *deskDir, err error) {
	sweepDesks()
	d := &deskDir{}
	if d.path, err = os.MkdirTemp("", "new-"+deskPrefix); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.remove())
		}
	}()
	if d.lock, err = os.Create(filepath.Join(d.path, lockName)); err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(d.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, err
	}
	dir, name := filepath.Split(d.path)
	named := filepath.Join(dir, strings.TrimPrefix(name, "new-"))
	if err := os.Rename(d.path, named); err != nil {
		return nil, err
	}
	d.path = named
	return d, nil
}

// remove removes the folder, and then gives up its lock.
func (d *deskDir) remove() error {
	err := os.RemoveAll(d.path)
	if d.lock != nil {
		err = errors.Join(err, d.lock.Close())
	}
	return err
}

// sweepDesks removes what killed processes left. What cannot be removed, such as
// another user's, stays.
func sweepDesks() {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), deskPrefix+"*", lockName))
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

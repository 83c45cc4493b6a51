package sandbox

import (
	"errors"
	"io/fs"
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
	newPrefix     = "new-" // of one whose lock is not held yet
	scratchPrefix = "ssr-scratch-"
	lockName      = "lock"
)

// NewScratch makes a folder among the temporary files. It gets its last name when
// its lock is held. Until then another process that sweeps may take it for one that
// was left, and the next is made.
func NewScratch() (*Scratch, error) {
	sweepScratches()
	for try := 1; ; try++ {
		s, err := tryScratch()
		swept := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.EWOULDBLOCK)
		if !swept || try == mostTries {
			return s, err
		}
	}
}

// mostTries is more than ever are swept in a row, and few where there is no folder
// for temporary files.
const mostTries = 100

func tryScratch() (_ *Scratch, err error) {
	s := &Scratch{}
	if s.Path, err = os.MkdirTemp("", newPrefix+scratchPrefix); err != nil {
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
	named := filepath.Join(dir, strings.TrimPrefix(name, newPrefix))
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

// sweepScratches removes what killed processes left: folders whose lock nobody
// holds, and those that were to get one and are empty. What cannot be removed, such
// as another user's, stays.
func sweepScratches() {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), scratchPrefix+"*"))
	begun, _ := filepath.Glob(filepath.Join(os.TempDir(), newPrefix+scratchPrefix+"*"))
	for _, dir := range append(left, begun...) {
		sweepScratch(dir)
	}
	for _, dir := range begun {
		syscall.Rmdir(dir) // only an empty one
	}
}

func sweepScratch(dir string) {
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer lock.Close()
	if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		os.RemoveAll(dir)
	}
}

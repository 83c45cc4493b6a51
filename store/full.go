package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// A FullError says that the disk is full. What was announced is not lost.
type FullError struct {
	Folder string // where
	Err    error
}

func (e *FullError) Error() string {
	return fmt.Sprintf("the disk that holds %s is full: free some space and run the same command again, it goes on where it was: %v", e.Folder, e.Err)
}

func (e *FullError) Unwrap() error { return e.Err }

// Full turns an error of a full disk that another user of DB had, such as an
// executor's journal, into a [*FullError]. Any other stays as it is.
func (s *Store) Full(err error) error {
	if _, said := errors.AsType[*FullError](err); said || !isFullDatabase(err) {
		return err
	}
	return s.full(err)
}

// full turns an error of a full disk, or of a full quota, into one that says so.
func (s *Store) full(err error) error {
	if !isFullDatabase(err) && !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return err
	}
	return &FullError{filepath.Dir(s.path), err}
}

func isFullDatabase(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == sqlite3.SQLITE_FULL
}

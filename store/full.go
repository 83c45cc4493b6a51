package store

import (
	"errors"
	"path/filepath"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/selfplay-swe/ssr/selfplay"
)

// Full turns an error of a full disk that another user of DB had, such as an
// executor's journal, into a [*selfplay.FullError]. Any other stays as it is.
func (s *Store) Full(err error) error {
	if _, said := errors.AsType[*selfplay.FullError](err); said || !isFullDatabase(err) {
		return err
	}
	return s.full(err)
}

// full turns an error of a full disk, or of a full quota, into one that says so.
func (s *Store) full(err error) error {
	if !isFullDatabase(err) && !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return err
	}
	return &selfplay.FullError{Folder: filepath.Dir(s.path), Err: err}
}

// isFullDatabase says whether SQLite had no room. It calls that by its name but
// where the index of the write-ahead log, FILE-shm, cannot grow.
func isFullDatabase(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code()&0xff == sqlite3.SQLITE_FULL || e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE)
}

// Package store keeps what was played: one SQLite file, and beside it a folder of
// blobs. When a method returns, what it did survives kill -9 and a power cut.
//
// A [Store] is the [selfplay.Archive] of one play. The file holds the play's
// configuration, one row for each round and each attempt with the columns that
// people ask for, the whole [selfplay.Round] as JSON beside them (the columns are
// copies of it, to be queried with any SQLite program), and the blobs that are
// small. The journal of the executor, whose tables work/local keeps, belongs into
// the same file ([Store.DB]): a play is one thing to copy, and to delete.
//
// A blob is named by the SHA-256 of its content, compressed, and verified when it
// is read. Small ones are rows: around the limit a durable row takes a third of the
// time of a durable file (BenchmarkPut). Large ones are files in FILE.blobs, written
// under another name, synced and renamed, so that a file that is there is whole.
//
// One program plays at a time: it holds a lock on FILE.lock, which ends with the
// process however that ends. Any number may read meanwhile. Nothing is written to
// a file before it is known to be a store, and one that this program can read.
//
// Two plays of one configuration have the same content, but for costs and times.
// [Store.Dump] writes that content as text that can be compared.
//
// Left out: several plays in one file (plays share nothing but blobs, and a file
// is easier to name than a row), deleting (delete the files), and encryption.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/klauspost/compress/zstd"

	"github.com/selfplay-swe/ssr/selfplay"
)

// A Store is what one play left, and leaves. It is safe for concurrent use.
type Store struct {
	path   string
	db     *sql.DB
	blobs  *os.Root // nil: there is no folder yet, and this program does not write
	lock   *os.File // nil: of a reader
	made   bool     // there was none before
	packer *zstd.Encoder
	opener *zstd.Decoder
}

var _ selfplay.Archive = (*Store)(nil)

// Options say how a store is opened.
type Options struct {
	ReadOnly bool // beside a program that plays; nothing is written, and there must be a store
}

// Open opens the store in a file, and makes it where there is none. Refused are a
// file that is no store, a store of a newer program, and one that is being played.
func Open(path string, o Options) (*Store, error) {
	s := &Store{path: path}
	if err := s.open(o); err != nil {
		s.Close()
		return nil, fmt.Errorf("store: open %s: %w", path, denied(s.full(err), o.ReadOnly))
	}
	return s, nil
}

func (s *Store) open(o Options) (err error) {
	if err := checkFile(s.path, o.ReadOnly); err != nil {
		return err
	}
	if !o.ReadOnly {
		if s.lock, err = lock(s.path); err != nil {
			return err
		}
		_, err := os.Stat(s.path)
		s.made = errors.Is(err, fs.ErrNotExist)
	}
	if s.db, err = openDatabase(s.path, o.ReadOnly); err != nil {
		return err
	}
	if err := migrate(context.Background(), s.db, o.ReadOnly); err != nil {
		return err
	}
	return s.openBlobs(o.ReadOnly)
}

// DB is the store's database, for a journal beside it, whose tables have names of
// their own. It has one connection: who keeps it busy keeps the store waiting.
func (s *Store) DB() *sql.DB { return s.db }

// CloseOrRemove closes the store, and removes it where this Open made it and no blob
// and no round came into it: a play that was refused leaves nothing behind.
func (s *Store) CloseOrRemove() error {
	if !s.made || !s.empty() {
		return s.Close()
	}
	lock := s.lock
	s.lock = nil // held until all is gone
	err := s.Close()
	for _, name := range []string{s.path, s.path + ".blobs", lock.Name()} {
		err = errors.Join(err, os.Remove(name))
	}
	return errors.Join(err, lock.Close())
}

// empty says whether nothing was kept; false, if that is not known.
func (s *Store) empty() (nothing bool) {
	err := s.db.QueryRow("SELECT NOT EXISTS (SELECT 1 FROM rounds) AND NOT EXISTS (SELECT 1 FROM blobs)").Scan(&nothing)
	files, failed := fs.ReadDir(s.blobs.FS(), ".")
	return nothing && err == nil && failed == nil && len(files) == 0
}

// Close closes the store; what uses its DB is closed before.
func (s *Store) Close() error {
	var errs []error
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.blobs != nil {
		errs = append(errs, s.blobs.Close())
	}
	if s.opener != nil {
		s.opener.Close()
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver

	"github.com/selfplay-swe/ssr/internal/schema"
)

//go:embed migrations/*.sql
var migrations embed.FS

// openDatabase opens the file with one connection: SQLite has one writer, and one
// that waits in this process is cheaper than one that waits for a lock.
func openDatabase(path string, readOnly bool) (*sql.DB, error) {
	if !readOnly {
		if err := mark(path); err != nil {
			return nil, err
		}
	}
	settings := []string{"busy_timeout(10000)", "foreign_keys(ON)"}
	mode := "ro"
	if !readOnly {
		mode = "rw"
		settings = append(settings, "journal_mode(WAL)", "synchronous(FULL)")
	}
	return connect(path, mode, settings...)
}

// mark writes application to a file that is new. It is done before the file is
// one with a write-ahead log, where the mark would be in the log and not in the
// header that checkFile reads.
func mark(path string) error {
	header, err := readHeader(path)
	if len(header) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	db, err := connect(path, "rwc", "synchronous(FULL)")
	if err != nil {
		return err
	}
	_, err = db.Exec(fmt.Sprintf("PRAGMA application_id = %d", application))
	return errors.Join(err, db.Close())
}

func connect(path, mode string, settings ...string) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	query := url.Values{"mode": {mode}, "_pragma": settings, "_txlock": {"immediate"}}
	if mode == "ro" {
		query.Del("_txlock")
	}
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// A VersionError says that a store was written by a newer program.
type VersionError struct {
	Version int64 // the store's
	Known   int64 // the newest that this program knows
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("it is of version %d, and this ssr knows versions up to %d: use the ssr that wrote it, or a newer one, or name another file", e.Version, e.Known)
}

// migrate brings an older store to the form that this program writes. A reader
// cannot, and says who can.
func migrate(ctx context.Context, db *sql.DB, readOnly bool) error {
	tables := schema.Schema{Files: migrations, Table: "store_version"}
	version, known, err := tables.Versions(ctx, db)
	switch {
	case err != nil:
		return err
	case version > known:
		return &VersionError{version, known}
	case version == known:
		return nil
	case readOnly && version == 0:
		return errNoStore
	case readOnly:
		return fmt.Errorf("it is of version %d, older than this ssr's %d, which would have to change it: play on it once, or read it with the ssr that wrote it", version, known)
	}
	return tables.Migrate(ctx, db)
}

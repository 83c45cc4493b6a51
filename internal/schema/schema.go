// Package schema brings the tables of a SQLite database to the form that the
// program writes, step by step.
//
// The one idea: several packages keep tables in one database (a store and the
// journal of an executor are one file), and each has steps and a version of its
// own. So a version stands in a table that the owner names, and no owner sees the
// others'.
//
// The steps are goose's: files NNNNN_name.sql with "-- +goose Up". Each is one
// transaction with the version that it brings, so that a process which is killed
// leaves a database of some version.
//
// Left out: steps back. A program refuses what a newer one wrote.
package schema

import (
	"context"
	"database/sql"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// A Schema is the tables of one owner.
type Schema struct {
	Files fs.FS  // with the steps in its folder migrations
	Table string // that holds the version
}

// Versions returns the version of a database and the newest that the steps make.
// It changes nothing, and found is 0 where nothing was made yet.
func (s Schema) Versions(ctx context.Context, db *sql.DB) (found, known int64, err error) {
	provider, err := s.provider(db)
	if err != nil {
		return 0, 0, err
	}
	sources := provider.ListSources()
	known = sources[len(sources)-1].Version
	var tables int
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE name = ?", s.Table).Scan(&tables)
	if err != nil || tables == 0 {
		return 0, known, err
	}
	err = db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM "+s.Table).Scan(&found)
	return found, known, err
}

// Migrate makes the steps that were not made.
func (s Schema) Migrate(ctx context.Context, db *sql.DB) error {
	provider, err := s.provider(db)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

func (s Schema) provider(db *sql.DB) (*goose.Provider, error) {
	steps, err := fs.Sub(s.Files, "migrations")
	if err != nil {
		return nil, err
	}
	versions, err := database.NewStore(database.DialectSQLite3, s.Table)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider("", db, steps, goose.WithStore(versions), goose.WithDisableGlobalRegistry(true))
}

package local_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/selfplay-swe/ssr/work"
	"github.com/selfplay-swe/ssr/work/local"
	"github.com/selfplay-swe/ssr/work/worktest"
)

func TestInMemory(t *testing.T) {
	worktest.Test(t, func(t testing.TB, _ string, kinds map[string]work.Kind) worktest.Executor {
		return executor(t, nil, kinds)
	})
}

func TestOverSQLite(t *testing.T) {
	inSQLite := func(t testing.TB, dir string, kinds map[string]work.Kind) worktest.Executor {
		return executor(t, journal(t, dir), kinds)
	}
	worktest.Test(t, inSQLite)
	worktest.TestJournal(t, inSQLite)
}

// journal opens the database in a folder, as a program should.
func journal(t testing.TB, dir string) *sql.DB {
	db, err := openDatabase(dir)
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func openDatabase(dir string) (*sql.DB, error) {
	name := "file:" + filepath.Join(dir, "journal.db") + "?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	db, err := sql.Open("sqlite", name)
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

func executor(t testing.TB, db *sql.DB, kinds map[string]work.Kind) *local.Executor {
	e, err := local.New(db, kinds)
	require.NoError(t, err)
	return e
}

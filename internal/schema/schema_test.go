package schema_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the driver

	"github.com/selfplay-swe/ssr/internal/schema"
)

func step(statement string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("-- +goose Up\n" + statement + "\n")}
}

// Two owners have their tables in one database, and each its version; an older
// one gets the steps that it lacks.
func TestTwoOwners(t *testing.T) {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "x.db"))
	require.NoError(t, err)
	defer db.Close()
	one, two := step("CREATE TABLE one (a INTEGER);"), step("ALTER TABLE one ADD COLUMN b INTEGER;")
	older := schema.Schema{Files: fstest.MapFS{"migrations/00001_one.sql": one}, Table: "one_version"}
	newer := schema.Schema{Files: fstest.MapFS{"migrations/00001_one.sql": one, "migrations/00002_two.sql": two}, Table: "one_version"}
	other := schema.Schema{Files: fstest.MapFS{"migrations/00001_other.sql": step("CREATE TABLE other (a INTEGER);")}, Table: "other_version"}
	versions := func(s schema.Schema) [2]int64 {
		found, known, err := s.Versions(t.Context(), db)
		require.NoError(t, err)
		return [2]int64{found, known}
	}
	require.Equal(t, [2]int64{0, 2}, versions(newer), "of an empty database")
	require.NoError(t, older.Migrate(t.Context(), db))
	require.Equal(t, [2]int64{1, 2}, versions(newer))
	require.Equal(t, [2]int64{0, 1}, versions(other))
	require.NoError(t, other.Migrate(t.Context(), db))
	for range 2 { // the second time there is nothing to do
		require.NoError(t, newer.Migrate(t.Context(), db))
		require.Equal(t, [2]int64{2, 1}, versions(older))
	}
	_, err = db.Exec("INSERT INTO one (a, b) VALUES (1, 2); INSERT INTO other (a) VALUES (3)")
	require.NoError(t, err)
}

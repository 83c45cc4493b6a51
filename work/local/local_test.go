package local_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/selfplay-swe/ssr/work"
	"github.com/selfplay-swe/ssr/work/local"
)

// open opens the journal in a folder, as a program should.
func open(t testing.TB, dir string) *sql.DB {
	path := filepath.Join(dir, "journal.db")
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	require.NoError(t, err)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestSmoke(t *testing.T) {
	for _, db := range []*sql.DB{nil, open(t, t.TempDir())} {
		e, err := local.New(db, map[string]work.Kind{
			"double": {Handler: func(_ context.Context, in work.Input) ([]byte, error) { return append(in.Data, in.Data...), nil }},
			"sum": {Handler: func(_ context.Context, in work.Input) (out []byte, _ error) {
				for _, r := range in.Results {
					out = append(out, r.Output...)
				}
				return out, nil
			}},
		})
		require.NoError(t, err)
		g := work.Group{ID: "g", Finish: "sum", Tasks: []work.Task{{ID: "a", Steps: []string{"double", "double"}, Input: []byte("x")}, {ID: "b", Steps: []string{"double"}, Input: []byte("y")}}}
		require.NoError(t, e.Start(t.Context(), g))
		o, err := e.Wait(t.Context(), "g")
		require.NoError(t, err)
		require.Equal(t, "xxxxyy", string(o.Output))
		require.NoError(t, e.Close())
	}
}

package local_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/work"
	"github.com/selfplay-swe/ssr/work/local"
)

var one = work.Group{ID: "g", Tasks: []work.Task{{ID: "t", Steps: []string{"a"}}}}

func fine(context.Context, work.Input) ([]byte, error) { return []byte("fine"), nil }

// A step that takes its process with it each time is given up in the end. Here the
// journal is written as a hundred such processes leave it.
func TestAStepThatKillsItsProcess(t *testing.T) {
	for _, lost := range []int{99, 100} {
		dir := t.TempDir()
		e := executor(t, journal(t, dir), map[string]work.Kind{"a": {Handler: func(ctx context.Context, _ work.Input) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}})
		require.NoError(t, e.Start(t.Context(), one))
		require.NoError(t, e.Close())
		db := journal(t, dir)
		_, err := db.Exec("UPDATE work_steps SET begun = ?", lost)
		require.NoError(t, err)

		e = executor(t, db, map[string]work.Kind{"a": {Handler: fine}})
		outcome, err := e.Wait(t.Context(), "g")
		require.NoError(t, err)
		if lost < 100 {
			require.Equal(t, "fine", string(outcome.Results[0].Output))
		} else {
			require.Equal(t, "begun 100 times by processes that then died: it is not tried again, since it may be what kills them", outcome.Results[0].Error)
			require.Equal(t, "a", outcome.Results[0].Step)
		}
		require.NoError(t, e.Close())
	}
}

// What cannot be written is not announced: the executor stops, and says why.
func TestAJournalThatFails(t *testing.T) {
	db := journal(t, t.TempDir())
	var begun atomic.Int32
	e := executor(t, db, map[string]work.Kind{"a": {Handler: func(ctx context.Context, in work.Input) ([]byte, error) {
		begun.Add(1)
		return nil, db.Close()
	}}})
	list := work.Group{ID: "g", Tasks: []work.Task{{ID: "t", Steps: []string{"a", "a"}}}}
	require.NoError(t, e.Start(t.Context(), list))
	_, err := e.Wait(t.Context(), "g")
	require.ErrorContains(t, err, "work/local: write journal: sql: database is closed")
	require.ErrorContains(t, e.Start(t.Context(), one), "database is closed")
	require.ErrorContains(t, e.Close(), "database is closed")
	require.Equal(t, int32(1), begun.Load())
}

func TestJournalsThatAreRefused(t *testing.T) {
	db := journal(t, t.TempDir())
	require.NoError(t, executor(t, db, nil).Close())
	_, err := db.Exec("INSERT INTO work_version (version_id, is_applied) VALUES (9, 1)")
	require.NoError(t, err)
	_, err = local.New(db, nil)
	require.EqualError(t, err, "work/local: open journal: it is of version 9, and this program knows versions up to 1: use the program that wrote it, or a newer one")

	careless, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "j.db")+"?_pragma=synchronous(NORMAL)")
	require.NoError(t, err)
	defer careless.Close()
	_, err = local.New(careless, nil)
	require.ErrorContains(t, err, "can be lost with the power: open it with _pragma=synchronous(FULL)")
}

func TestKindsThatAreRefused(t *testing.T) {
	for _, kind := range []work.Kind{{}, {Handler: fine, Limit: -1}, {Handler: fine, Timeout: -1}, {Handler: fine, Retries: -1}} {
		_, err := local.New(nil, map[string]work.Kind{"a": kind})
		require.ErrorContains(t, err, `work/local: kind "a": `)
	}
}

// A timeout is of one try, from its beginning, and not of the time it waits.
func TestTimeoutsAreOfOneTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := executor(t, nil, map[string]work.Kind{"a": {Limit: 1, Timeout: time.Hour, Retries: 1, Handler: func(ctx context.Context, in work.Input) ([]byte, error) {
			select {
			case <-time.After(59 * time.Minute):
				return []byte(in.Task), nil
			case <-ctx.Done():
				return nil, errors.New("gave up")
			}
		}}})
		require.NoError(t, e.Start(t.Context(), work.Group{ID: "g", Tasks: []work.Task{{ID: "1", Steps: []string{"a", "a"}}, {ID: "2", Steps: []string{"a"}}}}))
		outcome, err := e.Wait(t.Context(), "g")
		require.NoError(t, err)
		require.Equal(t, []work.Result{{Task: "1", Output: []byte("1")}, {Task: "2", Output: []byte("2")}}, outcome.Results)
		require.NoError(t, e.Close())
	})
}

// The price of a step is one durable commit.
func BenchmarkStep(b *testing.B) {
	for name, db := range map[string]*sql.DB{"memory": nil, "sqlite": journal(b, b.TempDir())} {
		b.Run(name, func(b *testing.B) {
			e := executor(b, db, map[string]work.Kind{"a": {Handler: fine}})
			group := work.Group{ID: fmt.Sprint(b.Name(), b.N), Tasks: []work.Task{{ID: "t"}}}
			for range b.N {
				group.Tasks[0].Steps = append(group.Tasks[0].Steps, "a")
			}
			b.ResetTimer()
			require.NoError(b, e.Start(b.Context(), group))
			_, err := e.Wait(b.Context(), group.ID)
			require.NoError(b, err)
			require.NoError(b, e.Close())
		})
	}
}

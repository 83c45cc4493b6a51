package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/work"
	"github.com/selfplay-swe/ssr/work/local"
)

// The executor's journal is in the store's own file, and its steps use the store.
func TestAJournalInTheStore(t *testing.T) {
	path := played(t)
	group := work.Group{ID: "g", Tasks: []work.Task{{ID: "1", Steps: []string{"put"}}, {ID: "2", Steps: []string{"put"}}}}
	for range 2 { // the second process finds what the first did
		s := open(t, path)
		e, err := local.New(s.DB(), map[string]work.Kind{"put": {Handler: func(ctx context.Context, in work.Input) ([]byte, error) {
			ref, err := s.Put(ctx, []byte("patch "+in.Task))
			return []byte(ref), err
		}}})
		require.NoError(t, err)
		require.NoError(t, e.Start(t.Context(), group))
		outcome, err := e.Wait(t.Context(), "g")
		require.NoError(t, err)
		for i, want := range []string{"patch 1", "patch 2"} {
			blob, err := s.Blob(t.Context(), selfplay.Ref(outcome.Results[i].Output))
			require.NoError(t, err)
			require.Equal(t, want, string(blob))
		}
		require.NoError(t, e.Close())
		require.NoError(t, s.Close())
	}
}

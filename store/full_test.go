package store_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/store"
)

// On a disk that fills up, whatever was announced is there, the rest is an error
// that says what to do, and nothing half is left.
func TestAFullDisk(t *testing.T) {
	for name, size := range map[string]int{"rows": 1000, "files": 200 << 10} {
		t.Run(name, func(t *testing.T) {
			path := onSmallDisk(t)
			s := open(t, path)
			var kept []selfplay.Ref
			var err error
			for len(kept) < 100_000 {
				blob := make([]byte, size)
				rand.Read(blob)
				var ref selfplay.Ref
				if ref, err = s.Put(t.Context(), blob); err != nil {
					break
				}
				kept = append(kept, ref)
			}
			full, ok := errors.AsType[*selfplay.FullError](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, filepath.Dir(path), full.Folder)
			require.ErrorContains(t, err, "free some space and run the same command again")
			require.NotEmpty(t, kept)
			for _, ref := range kept {
				_, err := s.Blob(t.Context(), ref)
				require.NoError(t, err)
			}
			half, err := filepath.Glob(filepath.Join(path+".blobs", "new-*"))
			require.NoError(t, err)
			require.Empty(t, half)
		})
	}
}

// Whoever else writes into the database is told the same.
func TestAFullDiskOfAnotherUserOfTheDatabase(t *testing.T) {
	path := onSmallDisk(t)
	s := open(t, path)
	_, err := s.DB().Exec("CREATE TABLE journal (entry BLOB)")
	require.NoError(t, err)
	for err == nil {
		_, err = s.DB().Exec("INSERT INTO journal VALUES (randomblob(100000))")
	}
	full, ok := errors.AsType[*selfplay.FullError](s.Full(err))
	require.True(t, ok, "%v", err)
	require.Equal(t, filepath.Dir(path), full.Folder)
	require.Same(t, full, s.Full(full), "it is not said twice")
	require.Equal(t, errors.ErrUnsupported, s.Full(errors.ErrUnsupported))
}

// onSmallDisk names a store on a disk of its own.
func onSmallDisk(t *testing.T) string {
	dir, _ := machine.SmallDisk(t, 2<<20)
	return filepath.Join(dir, "play.db")
}

// A store that is opened on a disk without a byte left says so, too.
func TestOpenOnAFullDisk(t *testing.T) {
	path := onSmallDisk(t)
	s, err := store.Open(path, store.Options{})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	file, err := os.Create(filepath.Join(filepath.Dir(path), "full"))
	require.NoError(t, err)
	defer file.Close()
	for err == nil {
		_, err = file.Write(make([]byte, 1<<12))
	}
	_, err = store.Open(path, store.Options{})
	_, ok := errors.AsType[*selfplay.FullError](err)
	require.True(t, ok, "%v", err)
}

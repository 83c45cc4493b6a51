package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/store"
)

// What is no store is refused as it is: not a byte of it changes, and nothing is
// put beside it.
func TestWhatIsNoStoreIsRefusedUntouched(t *testing.T) {
	sqlite := filepath.Join(t.TempDir(), "other.db")
	db := sqliteFile(t, sqlite)
	_, err := db.Exec("CREATE TABLE other (a)")
	require.NoError(t, err)
	require.NoError(t, db.Close())
	other, err := os.ReadFile(sqlite)
	require.NoError(t, err)

	for name, content := range map[string][]byte{"text": []byte("some text, longer than the header of a SQLite file is, which has 100 bytes, and so on and on and on"), "short": []byte("x"), "other program's SQLite": other} {
		path := played(t)
		require.NoError(t, os.WriteFile(path, content, 0o666))
		_, err := store.Open(path, store.Options{})
		require.EqualError(t, err, "store: open "+path+": it is something else and no store of ssr: name another file", name)
		left, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, content, left)
		beside, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		require.Len(t, beside, 1, name)
	}
	_, err = store.Open(t.TempDir(), store.Options{})
	require.ErrorContains(t, err, "no store of ssr", "a folder")
	_, err = store.Open(filepath.Join(t.TempDir(), "no", "play.db"), store.Options{})
	require.ErrorContains(t, err, "no such file or directory")
}

func TestAStoreOfANewerProgram(t *testing.T) {
	path := played(t)
	s := open(t, path)
	_, err := s.DB().Exec("INSERT INTO store_version (version_id, is_applied) VALUES (9, 1)")
	require.NoError(t, err)
	require.NoError(t, s.Close())
	for _, readOnly := range []bool{false, true} {
		_, err := store.Open(path, store.Options{ReadOnly: readOnly})
		e, ok := errors.AsType[*store.VersionError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, int64(9), e.Version)
		require.ErrorContains(t, err, "it is of version 9, and this ssr knows versions up to 1: use the ssr that wrote it, or a newer one")
	}
}

func TestOnePlayerAndManyReaders(t *testing.T) {
	path := played(t)
	player := open(t, path)
	require.NoError(t, player.Save(t.Context(), round(0)))

	_, err := store.Open(path, store.Options{})
	busy, ok := errors.AsType[*store.BusyError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, os.Getpid(), busy.Process)

	for range 2 {
		reader, err := store.Open(path, store.Options{ReadOnly: true})
		require.NoError(t, err)
		defer reader.Close()
		for got, err := range reader.Rounds(t.Context()) {
			require.NoError(t, err)
			require.Equal(t, round(0), got)
		}
		require.Error(t, reader.Save(t.Context(), round(1)))
		_, err = reader.Put(t.Context(), []byte("x"))
		require.Error(t, err)
	}
	require.NoError(t, player.Save(t.Context(), round(1)), "readers do not stop the player")
	require.NoError(t, player.Close())
	open(t, path)
}

func TestAReaderNeedsAStore(t *testing.T) {
	path := played(t)
	_, err := store.Open(path, store.Options{ReadOnly: true})
	require.EqualError(t, err, "store: open "+path+": there is none")
	require.NoFileExists(t, path)
}

// A program that was killed between the first two bytes of its store left an
// empty file, and the next one goes on.
func TestAnEmptyFileBecomesAStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd name?#%.db")
	require.NoError(t, os.WriteFile(path, nil, 0o666))
	require.NoError(t, open(t, path).Save(t.Context(), round(0)))
	require.FileExists(t, path)
}

// A store that was made, and into which nothing came, is removed; any other stays.
func TestCloseOrRemove(t *testing.T) {
	path := played(t)
	left := func() (names []string) {
		entries, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		return names
	}
	begun := func() *store.Store {
		s, err := store.Open(path, store.Options{})
		require.NoError(t, err)
		require.NoError(t, s.Begin(t.Context(), selfplay.Config{Seed: 7}))
		return s
	}
	require.NoError(t, begun().CloseOrRemove())
	require.Empty(t, left())

	s := begun()
	_, err := s.Put(t.Context(), []byte("x"))
	require.NoError(t, err)
	require.NoError(t, s.CloseOrRemove())
	require.FileExists(t, path, "a blob is in it")

	path = played(t)
	require.NoError(t, begun().Close())
	require.NoError(t, begun().CloseOrRemove())
	require.FileExists(t, path, "it was there before")
}

// Where the system lets nobody write, the sentence says what would be right.
func TestAProtectedFolder(t *testing.T) {
	dir, _ := machine.SmallDisk(t, 1<<20)
	require.NoError(t, unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	_, err := store.Open(filepath.Join(dir, "play.db"), store.Options{})
	require.ErrorContains(t, err, "read-only file system: name a file that you may write, in a folder that you may write to")
}

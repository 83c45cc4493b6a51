package store_test

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/store"
	"github.com/selfplay-swe/ssr/verify"
)

var config = selfplay.Config{Version: selfplay.ConfigVersion, Seed: 7, Injector: "scripted", Attempts: 8, Reward: []byte(`{"alpha":0.8}`)}

func open(t testing.TB, path string) *store.Store {
	s, err := store.Open(path, store.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func played(t testing.TB) string { return filepath.Join(t.TempDir(), "play.db") }

// round is one as they come: two attempts, a child, and what it cost.
func round(index int) *selfplay.Round {
	one, reward := 1.0, 0.1
	return &selfplay.Round{
		Version: selfplay.RoundVersion, Index: index, Source: "module:example.com/m@v1.0.0", Seed: 1<<63 + 5, Strategy: inject.Removal,
		Bug: fmt.Sprintf("bug%d", index), Consistent: true, Files: []string{"a.go", "b.go"}, FailToPass: 3, PassToPass: 40,
		Attempts: []selfplay.Attempt{
			{Index: 0, Seed: 3, Outcome: verify.Resolved, Stop: "submitted", Reward: &one},
			{Index: 1, Seed: 4, Outcome: verify.Unresolved, Stop: "submitted", Reason: "1 test fails"},
		},
		Solved: 1, Counted: 2, Scored: true, Reward: &reward,
		Children: []selfplay.Child{{Of: 1, Tree: "t", Attempts: []selfplay.Attempt{{Outcome: verify.Resolved}}}},
		Cost:     selfplay.Cost{Wall: 12.5, Runs: 20},
	}
}

func TestAPlayIsKept(t *testing.T) {
	path := played(t)
	s := open(t, path)
	require.NoError(t, s.Begin(t.Context(), config))
	ref, err := s.Put(t.Context(), []byte("a patch"))
	require.NoError(t, err)
	for _, index := range []int{2, 0, 1} {
		require.NoError(t, s.Save(t.Context(), round(index)))
	}
	require.NoError(t, s.Close())

	s = open(t, path)
	kept, err := s.Config(t.Context())
	require.NoError(t, err)
	require.Equal(t, config, *kept)
	blob, err := s.Blob(t.Context(), ref)
	require.NoError(t, err)
	require.Equal(t, "a patch", string(blob))
	index := 0
	for got, err := range s.Rounds(t.Context()) {
		require.NoError(t, err)
		require.Equal(t, round(index), got, "in order of their index")
		index++
	}
	require.Equal(t, 3, index)
}

func TestColumnsCanBeQueried(t *testing.T) {
	s := open(t, played(t))
	failed := &selfplay.Round{Index: 1, Refusal: &selfplay.Refusal{Check: "bug", Finding: "breaks 1 test"}}
	require.NoError(t, s.Save(t.Context(), round(0)))
	require.NoError(t, s.Save(t.Context(), failed))

	var strategy, seed string
	var seconds, reward float64
	row := s.DB().QueryRow("SELECT strategy, seed, seconds, reward FROM rounds WHERE consistent AND solved > 0")
	require.NoError(t, row.Scan(&strategy, &seed, &seconds, &reward))
	require.Equal(t, []any{"removal", "9223372036854775813", 12.5, 0.1}, []any{strategy, seed, seconds, reward})

	var refusal string
	var none sql.NullFloat64
	require.NoError(t, s.DB().QueryRow("SELECT refusal, reward FROM rounds WHERE bug IS NULL").Scan(&refusal, &none))
	require.Equal(t, "bug", refusal)
	require.False(t, none.Valid, "an unscored round has no reward, not a reward of 0")

	var attempts int
	require.NoError(t, s.DB().QueryRow("SELECT count(*) FROM attempts WHERE outcome = 'resolved' AND child = 0").Scan(&attempts))
	require.Equal(t, 1, attempts, "the child's attempts are told apart")
}

func TestSavingAgain(t *testing.T) {
	s := open(t, played(t))
	require.NoError(t, s.Save(t.Context(), round(0)))
	again := round(0)
	again.Cost.Wall = 99
	require.NoError(t, s.Save(t.Context(), again), "costs may differ")
	again.Solved = 2
	require.ErrorContains(t, s.Save(t.Context(), again), "save round 1: it was saved before, with other content: solved is 2, and was 1")
}

func TestAnotherConfigurationIsRefused(t *testing.T) {
	s := open(t, played(t))
	kept, err := s.Config(t.Context())
	require.NoError(t, err)
	require.Nil(t, kept, "no play was begun")
	require.NoError(t, s.Begin(t.Context(), config))
	require.NoError(t, s.Begin(t.Context(), config), "the same goes on")
	unplayed := config
	unplayed.Seed++
	require.NoError(t, s.Begin(t.Context(), unplayed), "nothing was played yet")
	require.NoError(t, s.Begin(t.Context(), config))
	require.NoError(t, s.Save(t.Context(), round(0)))

	other := config
	other.Attempts, other.SecondOrder.Children = 4, 2
	err = s.Begin(t.Context(), other)
	require.EqualError(t, err, "store: begin play: the store holds a play of another configuration (attempts is 4, and was 8; second_order.children is 2, and was 0): give the options that it was begun with, or name another file")
}

func TestBlobs(t *testing.T) {
	path := played(t)
	s := open(t, path)
	large := make([]byte, 1<<20)
	rand.Read(large)
	for _, blob := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte("text "), 1<<20), large} {
		ref, err := s.Put(t.Context(), blob)
		require.NoError(t, err)
		again, err := s.Put(t.Context(), blob)
		require.NoError(t, err)
		require.Equal(t, ref, again)
		got, err := s.Blob(t.Context(), ref)
		require.NoError(t, err)
		require.True(t, bytes.Equal(blob, got))
	}
	files, err := os.ReadDir(path + ".blobs")
	require.NoError(t, err)
	require.Len(t, files, 1, "what is small once compressed is a row")
}

func TestBlobsThatAreNone(t *testing.T) {
	s := open(t, played(t))
	_, err := s.Blob(t.Context(), selfplay.Ref("sha256:"+strings.Repeat("0", 64)))
	require.ErrorIs(t, err, fs.ErrNotExist)
	for _, ref := range []selfplay.Ref{"", "sha256:", "sha256:../../../etc/passwd", selfplay.Ref("md5:" + strings.Repeat("0", 64)), selfplay.Ref("sha256:" + strings.Repeat("A", 64))} {
		_, err := s.Blob(t.Context(), ref)
		require.ErrorContains(t, err, "no name of a blob", ref)
	}
}

func TestADamagedBlobIsNotReadAndIsHealed(t *testing.T) {
	path := played(t)
	s := open(t, path)
	large := make([]byte, 1<<20)
	rand.Read(large)
	ref, err := s.Put(t.Context(), large)
	require.NoError(t, err)
	file := filepath.Join(path+".blobs", string(ref[len("sha256:"):])+".zst")
	packed, err := os.ReadFile(file)
	require.NoError(t, err)
	packed[len(packed)/2] ^= 1
	require.NoError(t, os.WriteFile(file, packed, 0o666))

	_, err = s.Blob(t.Context(), ref)
	require.ErrorContains(t, err, "damaged")
	_, err = s.Put(t.Context(), large)
	require.NoError(t, err)
	_, err = s.Blob(t.Context(), ref)
	require.NoError(t, err)
}

func TestWhatWasHalfWrittenIsSwept(t *testing.T) {
	path := played(t)
	require.NoError(t, open(t, path).Close())
	half := filepath.Join(path+".blobs", "new-HALF")
	require.NoError(t, os.WriteFile(half, []byte("x"), 0o666))
	reader, err := store.Open(path, store.Options{ReadOnly: true})
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	require.FileExists(t, half, "a reader leaves it: a player may be writing it")
	open(t, path)
	require.NoFileExists(t, half)
}

func TestTheSameContentIsTheSameText(t *testing.T) {
	dump := func(wall float64) string {
		s := open(t, played(t))
		require.NoError(t, s.Begin(t.Context(), config))
		r := round(0)
		r.Cost.Wall = wall
		r.Report = selfplay.Ref(fmt.Sprint("a report that took ", wall))
		require.NoError(t, s.Save(t.Context(), r))
		var text strings.Builder
		require.NoError(t, s.Dump(t.Context(), &text))
		return text.String()
	}
	require.Equal(t, dump(1), dump(2))
	require.Contains(t, dump(1), `"injector":"scripted"`)
	require.Contains(t, dump(1), `"bug":"bug0"`)
}

// sqliteFile opens a database of no program in particular.
func sqliteFile(t testing.TB, path string) *sql.DB {
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	return db
}

package repo

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// needModules skips a test where the module proxy cannot be reached.
func needModules(tb testing.TB) {
	tb.Helper()
	if _, err := download(tb.Context(), "github.com/gorilla/mux", "v1.8.1"); err != nil {
		tb.Skipf("the module proxy cannot be reached: %v", err)
	}
}

func TestOpenModule(t *testing.T) {
	needModules(t)
	for source, file := range map[string]string{
		"module:github.com/gorilla/mux@v1.8.1":         "mux.go",
		"module:github.com/spf13/cast@v1.10.0":         "cast.go",
		"module:github.com/sourcegraph/go-diff@v0.7.0": "diff/diff.go",
	} {
		t.Run(source, func(t *testing.T) {
			cache := t.TempDir()
			s := open(t, source, Options{Cache: cache})
			require.Equal(t, source, s.Source)
			require.Equal(t, source[strings.Index(source, "@")+1:], s.Commit)
			require.Empty(t, s.Notes)
			_, ok := s.Tree.Mode(file)
			require.True(t, ok)

			t.Setenv("PATH", "") // the second time nobody asks the go command
			again := open(t, source, Options{Cache: cache})
			require.Equal(t, s.Key, again.Key)
			require.Equal(t, s.Commit, again.Commit)
		})
	}
}

func TestOpenModuleRefuses(t *testing.T) {
	for source, want := range map[string]string{
		"module:github.com/gorilla/mux":  "is not PATH@VERSION, such as module:github.com/gorilla/mux@v1.8.1",
		"module:@v1.0.0":                 "is not PATH@VERSION",
		"module:github.com/gorilla/mux@": "is not PATH@VERSION",
		"module:github.com/a b@v1":       "is not PATH@VERSION",
		"module:github.com/a@v1@v2":      "is not PATH@VERSION",
	} {
		_, err := Open(t.Context(), source, Options{Cache: t.TempDir()})
		require.ErrorContains(t, err, want)
	}
	needModules(t)
	_, err := Open(t.Context(), "module:github.com/gorilla/mux@v1.8.99", Options{Cache: t.TempDir()})
	require.ErrorContains(t, err, "there is no such version; there are v1.")
	require.ErrorContains(t, err, "v1.8.0, v1.8.1")
	_, err = Open(t.Context(), "module:github.com/gorilla/mux@v1.8.1", Options{Cache: t.TempDir(), Rev: "main"})
	require.ErrorContains(t, err, "its version follows the @")
}

func TestModuleHistory(t *testing.T) {
	needModules(t)
	s := open(t, "module:github.com/sourcegraph/go-diff@v0.7.0", Options{})
	var ids []string
	var last *Tree
	for commit, err := range s.History(t.Context()) {
		require.NoError(t, err)
		require.False(t, commit.Time.IsZero())
		require.Contains(t, commit.Message, "Release "+commit.ID)
		ids = append(ids, commit.ID)
		last, err = commit.Tree(t.Context())
		require.NoError(t, err)
		_, ok := last.Mode("diff/diff.go")
		require.True(t, ok)
	}
	require.Greater(t, len(ids), 1)
	require.True(t, slices.IsSortedFunc(ids, compareReleases))
	require.Len(t, slices.Compact(slices.Clone(ids)), len(ids), "none comes twice: %v", ids)
	require.Equal(t, "v0.7.0", ids[len(ids)-1])
	require.NotContains(t, ids, "v0.8.0")
	require.Empty(t, last.Changes(), "the last is the snapshot itself")
}

func TestEarlierReleases(t *testing.T) {
	require.Negative(t, compareReleases("v1.2.3", "v1.10.0"))
	require.Negative(t, compareReleases("v1.2.3", "v1.2.4-0.20230101000000-abcdefabcdef"))
	require.Zero(t, compareReleases("v1.2.4", "v1.2.4-rc.1"))
	require.Positive(t, compareReleases("v2.0.0+incompatible", "v1.9.9"))
}

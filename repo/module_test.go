package repo

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// needModules skips a test where the module proxy cannot be reached.
func needModules(tb testing.TB) {
	tb.Helper()
	c, err := openCache(tb.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(tb, err)
	if _, err := c.download(tb.Context(), "github.com/gorilla/mux", "v1.8.1"); err != nil {
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
		"module:nodot@v1.0.0":            `malformed module path "nodot"`,
	} {
		_, err := Open(t.Context(), source, Options{Cache: t.TempDir()})
		require.ErrorContains(t, err, want)
		_, unreachable := errors.AsType[*UnreachableError](err)
		require.False(t, unreachable)
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

// serveModule is a module proxy with one module, which has lost a release.
func serveModule(t *testing.T) {
	files := map[string]string{"list": "v1.0.0\nv1.1.0\nv1.2.0-rc.1\nv1.2.0\nv1.3.0\n"}
	for _, version := range []string{"v1.0.0", "v1.2.0-rc.1", "v1.2.0", "v1.3.0"} {
		var archive bytes.Buffer
		w := zip.NewWriter(&archive)
		for name, content := range map[string]string{"go.mod": "module example.com/m\n", "m.go": "package m // " + version + "\n"} {
			f, err := w.Create("example.com/m@" + version + "/" + name)
			require.NoError(t, err)
			_, err = f.Write([]byte(content))
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		files[version+".zip"] = archive.String()
		files[version+".mod"] = "module example.com/m\n"
		files[version+".info"] = fmt.Sprintf(`{"Version":%q,"Time":"2020-01-02T03:04:05Z"}`, version)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, ok := files[strings.TrimPrefix(r.URL.Path, "/example.com/m/@v/")]
		if !ok {
			http.Error(w, "gone", http.StatusGone)
			return
		}
		_, _ = w.Write([]byte(content))
	}))
	t.Cleanup(server.Close)
	cache := t.TempDir()
	t.Cleanup(func() { // the go command makes it read-only
		_ = filepath.WalkDir(cache, func(name string, _ fs.DirEntry, _ error) error { return os.Chmod(name, 0o755) })
	})
	for name, value := range map[string]string{"GOPROXY": server.URL, "GOSUMDB": "off", "GONOPROXY": "none", "GOMODCACHE": cache} {
		t.Setenv(name, value)
	}
}

func TestReleasesThatAreGone(t *testing.T) {
	serveModule(t)
	var log bytes.Buffer
	s := open(t, "module:example.com/m@v1.2.0", Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.Equal(t, []string{`100644 go.mod "module example.com/m\n"`, `100644 m.go "package m // v1.2.0\n"`}, list(t, s.Tree))
	var got []string
	for commit, err := range s.History(t.Context()) {
		require.NoError(t, err)
		require.Equal(t, 2020, commit.Time.Year())
		tree, err := commit.Tree(t.Context())
		require.NoError(t, err)
		got = append(got, commit.Message, list(t, tree)[1])
	}
	require.Equal(t, []string{
		"Release v1.0.0\n", `100644 m.go "package m // v1.0.0\n"`,
		"Release v1.2.0\n\nNot in this history, since the module proxy does not have them:\nv1.1.0\n", `100644 m.go "package m // v1.2.0\n"`,
	}, got)
	require.Contains(t, log.String(), "version=v1.1.0")

	_, err := Open(t.Context(), "module:example.com/m@v1.1.0", Options{Cache: t.TempDir()})
	require.ErrorContains(t, err, "there is no such version; there are v1.0.0, v1.1.0, v1.2.0-rc.1, v1.2.0, v1.3.0")
	t.Setenv("GOPROXY", "http://127.0.0.1:1")
	_, err = Open(t.Context(), "module:example.com/m@v1.0.0", Options{Cache: t.TempDir()})
	require.NoError(t, err, "the module cache has it")
	_, err = Open(t.Context(), "module:example.com/m@v1.3.0", Options{Cache: t.TempDir()})
	unreachable, ok := errors.AsType[*UnreachableError](err) // not a missing version
	require.True(t, ok, "%v", err)
	require.ErrorContains(t, unreachable, "nothing came from the module proxy: ")
	require.ErrorContains(t, unreachable, "http://127.0.0.1:1/example.com/m/@v/v1.3.0.")
}

// TestProxyThatFails tells a server that failed from one that has no such module.
func TestProxyThatFails(t *testing.T) {
	answer := http.StatusServiceUnavailable
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(answer) }))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{"GOPROXY": server.URL, "GOSUMDB": "off", "GONOPROXY": "none", "GOMODCACHE": t.TempDir()} {
		t.Setenv(name, value)
	}
	_, err := Open(t.Context(), "module:example.com/m@v1.0.0", Options{Cache: t.TempDir()})
	_, unreachable := errors.AsType[*UnreachableError](err)
	require.True(t, unreachable, "%v", err)
	require.ErrorContains(t, err, "503 Service Unavailable")

	answer = http.StatusNotFound
	_, err = Open(t.Context(), "module:example.com/m@v1.0.0", Options{Cache: t.TempDir()})
	_, unreachable = errors.AsType[*UnreachableError](err)
	require.False(t, unreachable, "%v", err)
	require.ErrorContains(t, err, "there is no such version")
}

func TestEarlierReleases(t *testing.T) {
	require.Negative(t, compareReleases("v1.2.3", "v1.10.0"))
	require.Negative(t, compareReleases("v1.2.3", "v1.2.4-0.20230101000000-abcdefabcdef"))
	require.Zero(t, compareReleases("v1.2.4", "v1.2.4-rc.1"))
	require.Positive(t, compareReleases("v2.0.0+incompatible", "v1.9.9"))
}

package repo

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// A gitServer serves the repositories below a folder by HTTP, to one user.
type gitServer struct {
	*httptest.Server
	requests atomic.Int64
}

func serveGit(t *testing.T, root string) *gitServer {
	backend := strings.TrimSpace(git(t, "", "--exec-path")) + "/git-http-backend"
	handler := &cgi.Handler{Path: backend, Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"}}
	s := &gitServer{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		if user, password, _ := r.BasicAuth(); user != "me" || password != "s3cret" {
			w.Header().Set("WWW-Authenticate", "Basic")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestOpenURL(t *testing.T) {
	dir := makeRepo(t, map[string]string{"a": "1"})
	git(t, dir, "tag", "v1")
	server := serveGit(t, filepath.Dir(dir))
	clean := server.URL + "/" + filepath.Base(dir) + "/.git"
	source := strings.Replace(clean, "http://", "http://me:s3cret@", 1)
	var log bytes.Buffer
	opts := Options{Cache: t.TempDir(), Logger: slog.New(slog.NewTextHandler(&log, nil))}

	s := open(t, source, opts)
	require.Equal(t, []string{`100644 a "1"`}, list(t, s.Tree))
	require.Equal(t, clean, s.Source)

	first := s.Commit
	second := commit(t, dir, map[string]string{"a": "2"})
	require.Equal(t, second, open(t, source, opts).Commit, "HEAD is asked for anew")
	asked := server.requests.Load()
	for _, rev := range []string{"v1", first} {
		require.Equal(t, first, open(t, source, Options{Cache: opts.Cache, Rev: rev}).Commit)
	}
	require.Equal(t, asked, server.requests.Load(), "tags and hashes that are there are not asked for")
	git(t, dir, "branch", "later")
	require.Equal(t, second, open(t, source, Options{Cache: opts.Cache, Rev: "later"}).Commit, "an unknown revision is fetched")
	_, err := Open(t.Context(), source, Options{Cache: opts.Cache, Rev: "latr"})
	require.ErrorContains(t, err, "the nearest branches and tags are later")
	count := 0
	for _, err := range s.History(t.Context()) {
		require.NoError(t, err)
		count++
	}
	require.Equal(t, 1, count)

	_, err = Open(t.Context(), strings.Replace(source, "s3cret", "wrongs3cret", 1), Options{Cache: t.TempDir()})
	require.ErrorContains(t, err, "private repositories need credentials")
	_, unreachable := errors.AsType[*UnreachableError](err)
	require.False(t, unreachable)
	log.WriteString(err.Error())
	server.Close()
	_, err = Open(t.Context(), source, Options{Cache: t.TempDir()})
	_, unreachable = errors.AsType[*UnreachableError](err)
	require.True(t, unreachable, "%v", err)
	require.ErrorContains(t, err, "nothing came from "+clean+": ")
	log.WriteString(err.Error())
	s = open(t, source, opts)
	require.Equal(t, second, s.Commit, "what was fetched is taken when the remote is away")
	require.Contains(t, s.Notes[len(s.Notes)-1], "could not be asked for newer commits")
	log.WriteString(strings.Join(s.Notes, "\n"))

	require.NotContains(t, log.String(), "s3cret")
	require.NoError(t, filepath.WalkDir(opts.Cache, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		require.NotContains(t, string(data), "s3cret", name)
		return err
	}))
}

func TestSecretsAreNeverShown(t *testing.T) {
	for source, want := range map[string]string{
		"https://me:s3cret@host/x.git":         "https://host/x.git",
		"https://s3cret@host/x.git":            "https://host/x.git",
		"https://me:s3@cret@host/x.git":        "https://host/x.git",
		"http://me:s3cret@host:80/x":           "http://host:80/x",
		"https://host/x.git?token=s3cret":      "https://host/x.git",
		"ssh://git@host/x.git":                 "ssh://git@host/x.git",
		"ssh://git:s3cret@host/x.git":          "ssh://git@host/x.git",
		"git@host:me/x.git":                    "git@host:me/x.git",
		"file:///a@b/c":                        "file:///a@b/c",
		"./with@sign":                          "./with@sign",
		"module:github.com/gorilla/mux@v1.8.1": "module:github.com/gorilla/mux@v1.8.1",
	} {
		require.Equal(t, want, withoutSecrets(source))
	}
	for _, source := range []string{"https://me:s3cret%zz@host/x", "https://me:s3cret@127.0.0.1:1/x", "ftp://me:s3cret@host/x", "https://127.0.0.1:1/x?token=s3cret"} {
		_, err := Open(t.Context(), source, Options{Cache: t.TempDir()})
		require.Error(t, err)
		require.NotContains(t, err.Error(), "s3cret")
	}
}

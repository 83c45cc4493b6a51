package baseline

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/verify"
)

// serveReleases is a module proxy with the small module: its first release says
// the opposite of the second. The function that it returns takes it off the network.
func serveReleases(t *testing.T) (leave func()) {
	now := smallModule(t, "upper", "lower")
	answers := map[string]string{"list": "v1.0.0\nv1.1.0\n"}
	for version, sign := range map[string]string{"v1.0.0": "<", "v1.1.0": ">"} {
		var archive bytes.Buffer
		w := zip.NewWriter(&archive)
		require.NoError(t, fs.WalkDir(os.DirFS(now), ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := os.ReadFile(filepath.Join(now, name))
			require.NoError(t, err)
			f, err := w.Create("example.com/small@" + version + "/" + name)
			require.NoError(t, err)
			_, err = f.Write(bytes.ReplaceAll(text, []byte("a > b"), []byte("a "+sign+" b")))
			return err
		}))
		require.NoError(t, w.Close())
		answers[version+".zip"], answers[version+".mod"] = archive.String(), "module example.com/small\n\ngo 1.24\n"
		answers[version+".info"] = `{"Version":"` + version + `","Time":"2020-01-02T03:04:05Z"}`
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[strings.TrimPrefix(r.URL.Path, "/example.com/small/@v/")]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(server.Close)
	modules := t.TempDir()
	t.Cleanup(func() { // the go command makes it read-only
		_ = filepath.WalkDir(modules, func(name string, _ fs.DirEntry, _ error) error { return os.Chmod(name, 0o755) })
	})
	for name, value := range map[string]string{"GOPROXY": server.URL, "GOSUMDB": "off", "GONOPROXY": "none", "GOMODCACHE": modules} {
		t.Setenv(name, value)
	}
	return server.Close
}

// What was prepared needs no network: not for the past, which is that of a
// module's releases. The judge reads the runs back that the injector made.
func TestThePastIsReadBeforeThePlay(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: installs a module in a cache of its own")
	}
	provider := machine.Provider(t)
	machine.Needs(t, provider, "go version")
	leave := serveReleases(t)
	snapshot, err := repo.Open(t.Context(), "module:example.com/small@v1.1.0", repo.Options{Cache: t.TempDir()})
	require.NoError(t, err)
	installed, err := sandbox.Setup{}.Prepare(t.Context(), provider, snapshot)
	require.NoError(t, err)
	r := &inject.Repository{Snapshot: snapshot, Provider: provider, Setup: installed, Strategies: []inject.Strategy{inject.Mutation}}
	require.NoError(t, (&Injector{}).Prepare(t.Context(), r))
	require.NoFileExists(t, filepath.Join(snapshot.Dir, "past-"+poolVersion+".json"), "nobody will ask for it")

	r.Strategies = nil
	require.NoError(t, (&Injector{}).Prepare(t.Context(), r))
	leave()
	made, record := injected(t, &Injector{}, inject.Assignment{Repository: r, Strategy: inject.History, Seed: 1})
	require.Empty(t, record.Problem)
	require.Equal(t, "v1.0.0", record.Drafts[len(record.Drafts)-1].Parts[0].Commit)

	artifact, err := bug.Parse(made.Files)
	require.NoError(t, err)
	judge := &verify.Judge{Provider: provider, Setup: installed.Whole, RunDir: filepath.Join(snapshot.Dir, "runs")}
	report, err := judge.Verify(t.Context(), snapshot, artifact)
	require.NoError(t, err)
	require.True(t, report.Consistent, "%+v", report.Checks)
	require.Positive(t, report.RunsSaved)

	require.NoError(t, os.Remove(filepath.Join(snapshot.Dir, "past-"+poolVersion+".json")))
	err = (&Injector{}).Prepare(t.Context(), r)
	var unreachable *repo.UnreachableError
	require.ErrorAs(t, err, &unreachable, "a past that cannot be reached is not an empty one")
}

package survey_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// tree is a subject of a few files. Where it is a Go module, the standard library
// is compiled: by the setup of a sample, which is kept in the cache of the program.
func tree(t testing.TB, files map[string]string) survey.Subject {
	t.Helper()
	all := map[string]repo.File{}
	for name, text := range files {
		all[name] = repo.File{Mode: repo.Regular, Data: []byte(text)}
	}
	made, err := repo.NewTree(all)
	require.NoError(t, err)
	s := survey.Subject{Tree: made, Provider: machine.Provider(t), Source: "the sample"}
	if _, ok := files["go.mod"]; ok {
		machine.Needs(t, s.Provider, "go version")
		s.Setup = compiledLibrary(t, s.Provider)
	}
	return s
}

func compiledLibrary(t testing.TB, provider sandbox.Provider) *sandbox.Layer {
	t.Helper()
	dir := t.TempDir()
	for name, text := range goSample("") {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	snapshot, err := repo.Open(t.Context(), dir, repo.Options{})
	require.NoError(t, err)
	installed, err := sandbox.Setup{}.Prepare(t.Context(), provider, snapshot)
	require.NoError(t, err)
	return installed.Dependencies
}

// project opens a real project with what its tests need: module:PATH@VERSION,
// pypi:NAME==VERSION or npm:NAME@VERSION. Snapshots and setups are kept in the
// cache of the program.
func project(t testing.TB, source string) survey.Subject {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: downloads real projects and runs their tests")
	}
	provider := machine.Provider(t)
	snapshot := machine.Open(t, provider, source)
	installed, err := sandbox.Setup{}.Prepare(t.Context(), provider, snapshot)
	require.NoError(t, err)
	return survey.Subject{Tree: snapshot.Tree, Provider: provider, Setup: installed.Whole, Source: source}
}

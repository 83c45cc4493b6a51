package survey_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local"
	"github.com/selfplay-swe/ssr/suite"
)

func TestMux(t *testing.T) {
	subject := module(t, "github.com/gorilla/mux@v1.8.1")
	seen, err := survey.Take(t.Context(), subject, survey.Options{Coverage: true})
	require.NoError(t, err)
	t.Logf("%s: %d tests, %d flaky, %.1f s, coverage of %d; %q", seen.Framework, len(seen.Tests), len(seen.Flaky), seen.Seconds, len(seen.Coverage), seen.Notes)
	for i, test := range seen.Tests[:5] {
		t.Logf("%d: %+v %v", i, test, seen.Coverage[test.ID])
	}
	require.NotEmpty(t, seen.Tests)
	require.Equal(t, suite.Passed, seen.Tests[0].Status)
}

// module opens a Go module's release with what its tests need.
func module(t testing.TB, name string) survey.Subject {
	t.Helper()
	snapshot, err := repo.Open(t.Context(), "module:"+name, repo.Options{})
	require.NoError(t, err)
	provider, err := local.New(local.Options{})
	require.NoError(t, err)
	installed, err := sandbox.Setup{}.Prepare(t.Context(), provider, snapshot)
	require.NoError(t, err)
	return survey.Subject{Tree: snapshot.Tree, Provider: provider, Setup: installed.Whole, Source: snapshot.Source}
}

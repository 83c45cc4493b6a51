package trial_test

import (
	"bytes"
	"flag"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/baseline/trial"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/suite"
)

var sample = flag.Int("sample", 6, "how many candidates per module are held against real patches")

// What a trial says of a candidate is what the tests say of a tree that has the
// edit in its place: the same tests pass, and the same fail, where all come to their end. Run it with
// -sample 100 after a change of how candidates are compiled in.
func TestTrialIsAsThePatch(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: builds real modules many times")
	}
	for _, module := range []string{"github.com/gorilla/mux@v1.8.1", "github.com/spf13/cast@v1.10.0"} {
		t.Run(module, func(t *testing.T) {
			s := subject(t, module)
			seen, err := survey.Take(t.Context(), s, survey.Options{})
			require.NoError(t, err)
			edits := candidates(t, s, *sample)
			bench, err := trial.Open(t.Context(), s, seen, edits, trial.Options{})
			require.NoError(t, err)
			defer bench.Close()
			require.Empty(t, bench.Without())
			crashed := 0
			for i, edit := range edits {
				out, err := bench.Try(t.Context(), trial.Try{Candidates: []int{i}})
				require.NoError(t, err)
				want, whole := patched(t, s, seen, edit)
				assert.Equal(t, whole, out.Ended, "ended, with %+v", edit)
				if whole {
					assert.Equal(t, want.With(suite.Passed), append([]string{}, out.Passed...), "passed, with %+v", edit)
					assert.Equal(t, want.With(suite.Failed), append([]string{}, out.Failed...), "failed, with %+v", edit)
				}
				if !whole {
					crashed++
				}
			}
			t.Logf("%d candidates, %d of them built for themselves, %d crash", len(edits), len(bench.Left()), crashed)
		})
	}
}

// patched runs the tests of a survey, as an artifact does, on the tree with an
// edit applied, and says whether they came to their end. Tests that the survey
// does not know are left out.
func patched(t *testing.T, s survey.Subject, seen *survey.Survey, edit mutate.Edit) (_ suite.Results, whole bool) {
	t.Helper()
	files, err := mutate.Apply(reader(s.Tree), edit)
	require.NoError(t, err)
	changes := map[string]*repo.File{}
	for name, data := range files {
		changes[name] = &repo.File{Mode: repo.Regular, Data: data}
	}
	tree, err := s.Tree.With(changes)
	require.NoError(t, err)
	runner := suite.Runner{Provider: s.Provider, Setup: s.Setup, Limits: s.Limits}
	var log bytes.Buffer // all of it: Run.Log is cut
	run, err := runner.Run(t.Context(), suite.Request{Tree: tree, Live: func(b []byte) { log.Write(b) },
		Suite: suite.Suite{Script: survey.Script(seen.Framework, seen.Tests), Parser: survey.Parser(seen.Framework)}})
	require.NoError(t, err)
	results := suite.Results{}
	for _, test := range seen.Tests {
		if status, ran := run.Results[test.ID]; ran {
			results[test.ID] = status
		}
	}
	crashed := bytes.Contains(log.Bytes(), []byte("panic: ")) || bytes.Contains(log.Bytes(), []byte("fatal error: "))
	return results, run.Problem == nil && !crashed
}

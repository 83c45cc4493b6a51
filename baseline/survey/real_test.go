package survey_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/suite"
)

// TestReal surveys real projects. More of them are asked for by name:
//
//	SURVEY='module:github.com/spf13/pflag@v1.0.5 pypi:isodate==0.7.2' go test -run Real -v
func TestReal(t *testing.T) {
	sources := []string{"module:github.com/gorilla/mux@v1.8.1", "pypi:toolz==1.0.0"}
	if more := os.Getenv("SURVEY"); more != "" {
		sources = strings.Fields(more)
	}
	for _, source := range sources {
		t.Run(source, func(t *testing.T) {
			subject := project(t, source)
			start := time.Now()
			seen, err := survey.Take(t.Context(), subject, survey.Options{Coverage: true})
			took := time.Since(start)
			require.NoError(t, err)
			passed := passing(seen)
			t.Logf("%s: %d tests, %d pass, %d flaky, one run %.1f s, coverage of %d, all in %.1f s; %q",
				seen.Framework, len(seen.Tests), len(passed), len(seen.Flaky), seen.Seconds, len(seen.Coverage), took.Seconds(), seen.Notes)
			require.NotEmpty(t, passed)
			require.NotEmpty(t, seen.Coverage)
			again(t, subject, seen, passed)
		})
	}
}

// passing lists the tests that pass, without those that share a top-level test
// with one that does not.
func passing(seen *survey.Survey) (tests []survey.Test) {
	top := func(test survey.Test) string { return test.Dir + " " + test.Top(seen.Framework) }
	spoiled := map[string]bool{}
	for _, test := range seen.Tests {
		if test.Status != suite.Passed && test.Status != suite.Skipped {
			spoiled[top(test)] = true
		}
	}
	for _, test := range seen.Tests {
		if test.Status == suite.Passed && !spoiled[top(test)] {
			tests = append(tests, test)
		}
	}
	return tests
}

// again runs the script for the passing tests of one package or file, as the
// judge would: just these pass, and the runner's own word agrees.
func again(t *testing.T, subject survey.Subject, seen *survey.Survey, passed []survey.Test) {
	var chosen []survey.Test
	for _, test := range passed {
		if test.Dir == passed[0].Dir && (seen.Framework == survey.GoTest || test.File == passed[0].File) {
			chosen = append(chosen, test)
		}
	}
	runner := suite.Runner{Provider: subject.Provider, Setup: subject.Setup}
	run, err := runner.Run(t.Context(), suite.Request{Tree: subject.Tree, Twice: true, Suite: suite.Suite{
		Script: survey.Script(seen.Framework, chosen), Parser: survey.Parser(seen.Framework),
	}})
	require.NoError(t, err)
	require.Nil(t, run.Problem)
	require.Zero(t, run.ExitCode, string(run.Log))
	for _, test := range chosen {
		require.Equal(t, suite.Passed, run.Results[test.ID], test.ID)
	}
	require.NotEmpty(t, run.Testimony.Runner)
	require.Empty(t, run.Testimony.Against())
	if seen.Framework != survey.NodeTest { // TAP's witness counts what is not indented
		require.Equal(t, len(run.Results.With(suite.Passed)), run.Testimony.Passed)
	}
}

package contest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/choose"
	"github.com/selfplay-swe/ssr/suite"
)

// No evidence is never a success: where the parser and the test runner disagree, the
// runner is believed.
func TestSaid(t *testing.T) {
	all := suite.Results{"p A": suite.Passed, "p B": suite.Passed}
	some := suite.Results{"p A": suite.Passed, "p B": suite.Failed, "p C": suite.Skipped, "p D": suite.Error}
	for name, test := range map[string]struct {
		run  suite.Run
		want choose.Results
	}{
		"all pass":                          {suite.Run{Results: all}, choose.Results{"p A": true, "p B": true}},
		"some do":                           {suite.Run{Results: some, ExitCode: 1}, choose.Results{"p A": true, "p B": false, "p D": false}},
		"a panic ends a run with failures":  {suite.Run{Results: some, ExitCode: 2, Testimony: suite.Testimony{Unfinished: "B runs"}}, choose.Results{"p A": true, "p B": false, "p D": false}},
		"the script did not end":            {suite.Run{Results: all, Problem: &suite.Problem{Kind: suite.ScriptEnded}}, choose.Results{}},
		"all pass, and the script failed":   {suite.Run{Results: all, ExitCode: 1}, choose.Results{}},
		"all pass, and one ended the run":   {suite.Run{Results: all, Testimony: suite.Testimony{Runner: "go test", Unfinished: "B runs"}}, choose.Results{}},
		"all pass, and the runner says not": {suite.Run{Results: all, Testimony: suite.Testimony{Runner: "go test", Failed: 1}}, choose.Results{}},
		"one is named among the failed":     {suite.Run{Results: some, Testimony: suite.Testimony{Runner: "go test", Failed: 2, Failing: []string{"p A", "p B"}}}, choose.Results{"p A": false, "p B": false, "p D": false}},
		"nothing":                           {suite.Run{}, choose.Results{}},
	} {
		require.Equal(t, test.want, said(&test.run), name)
	}
}

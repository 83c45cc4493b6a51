package suite_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/suite"
)

func ExampleFailToPass() {
	original := suite.Results{"a": suite.Passed, "b": suite.Passed, "c": suite.Passed, "d": suite.Failed}
	broken := suite.Results{"a": suite.Passed, "b": suite.Failed, "d": suite.Failed}
	fmt.Println(suite.FailToPass(original, broken), suite.PassToPass(original, broken))
	// Output: [b c] [a]
}

// Only what passed on the original counts, and only a pass is a pass.
func TestSets(t *testing.T) {
	original := suite.Results{"p": suite.Passed, "q": suite.Passed, "r": suite.Passed, "s": suite.Passed, "f": suite.Failed, "e": suite.Error}
	broken := suite.Results{"p": suite.Passed, "q": suite.Skipped, "r": suite.Error, "f": suite.Passed, "new": suite.Passed}
	require.Equal(t, []string{"r", "s"}, suite.FailToPass(original, broken), "q was skipped, and is in neither")
	require.Equal(t, []string{"p"}, suite.PassToPass(original, broken))
	require.Equal(t, []string{"s"}, broken.Missing([]string{"p", "q", "s"}))
}

func TestAgreed(t *testing.T) {
	steady, flaky := suite.Agreed(
		suite.Results{"a": suite.Passed, "b": suite.Passed, "c": suite.Failed},
		suite.Results{"a": suite.Passed, "b": suite.Failed, "c": suite.Failed, "d": suite.Passed},
		suite.Results{"a": suite.Passed, "b": suite.Passed, "c": suite.Failed, "d": suite.Passed},
	)
	require.Equal(t, suite.Results{"a": suite.Passed, "c": suite.Failed}, steady)
	require.Equal(t, []string{"b", "d"}, flaky, "d was missing from one run")
}

func TestNoEvidence(t *testing.T) {
	require.NotEmpty(t, suite.Results{}.NoEvidence())
	require.NotEmpty(t, suite.Results(nil).NoEvidence())
	require.NotEmpty(t, suite.Results{"a": suite.Skipped, "b": suite.Skipped}.NoEvidence())
	require.Empty(t, suite.Results{"a": suite.Skipped, "b": suite.Failed}.NoEvidence())
}

// Statuses are stored as words, and the invalid one is not read back.
func TestStatusWords(t *testing.T) {
	for _, status := range []suite.Status{suite.Passed, suite.Failed, suite.Skipped, suite.Error} {
		text, err := json.Marshal(status)
		require.NoError(t, err)
		var back suite.Status
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, status, back)
	}
	var s suite.Status
	require.Error(t, s.UnmarshalText([]byte("invalid")))
	require.Error(t, s.UnmarshalText([]byte("Passed")))
}

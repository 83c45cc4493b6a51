package suite_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/suite"
)

func TestReadResults(t *testing.T) {
	got, problem := suite.ReadResults([]byte(" {\"a\": \"passed\", \"b::ü\":\"failed\",\n\"c\": \"skipped\", \"d\": \"error\"}\n"))
	require.Nil(t, problem)
	require.Equal(t, suite.Results{"a": suite.Passed, "b::ü": suite.Failed, "c": suite.Skipped, "d": suite.Error}, got)

	got, problem = suite.ReadResults([]byte("{}"))
	require.Nil(t, problem, "an empty map is well formed; that it is no evidence is said elsewhere")
	require.Empty(t, got)
}

// Each output is refused with a text that names what is wrong.
func TestReadResultsRefuses(t *testing.T) {
	for name, test := range map[string]struct{ output, says string }{
		"nothing":             {"", "it is empty"},
		"white space":         {" \n", "it is empty"},
		"text":                {"ok 1", `it starts with "ok 1"`},
		"an array":            {"[]", "it is an array"},
		"null":                {"null", "it is null"},
		"a string":            {`"passed"`, `the string "passed"`},
		"cut off":             {`{"a": "passed"`, "the object does not end"},
		"a comma too many":    {`{"a": "passed",}`, "entry 2"},
		"a duplicate":         {`{"a": "failed", "a": "passed"}`, `id "a" stands in it twice`},
		"an escaped twin":     {`{"a": "failed", "\u0061": "passed"}`, `id "a" stands in it twice`},
		"twins by repair":     {`{"\ud800": "failed", "\udfff": "passed"}`, "stands in it twice"},
		"a second object":     {`{"a": "passed"} {}`, `after the object, at byte 15, comes "{}"`},
		"trailing text":       {"{}\ndone", `comes "done"`},
		"an object inside":    {`{"a": {}}`, `id "a" has an object`},
		"an array inside":     {`{"a": ["passed"]}`, `id "a" has an array`},
		"a number":            {`{"a": 1}`, `id "a" has 1`},
		"an upper-case word":  {`{"a": "PASSED"}`, `id "a" has the unknown status "PASSED"`},
		"the invalid status":  {`{"a": "invalid"}`, `unknown status "invalid"`},
		"an empty id":         {`{"": "passed"}`, "an id is empty"},
		"a long id":           {`{"` + strings.Repeat("x", 5000) + `": "passed"}`, "has 5000 bytes"},
		"bad UTF-8":           {"{\"\xff\": \"passed\"}", "byte 2 is not UTF-8"},
		"a byte order mark":   {"\ufeff{}", "it starts with"},
		"a comment":           {"// {}\n{}", "it starts with"},
		"a key without colon": {`{"a" "passed"}`, `id "a"`},
	} {
		t.Run(name, func(t *testing.T) {
			got, problem := suite.ReadResults([]byte(test.output))
			require.Nil(t, got)
			require.NotNil(t, problem)
			require.Equal(t, suite.ParserOutput, problem.Kind)
			require.Contains(t, problem.Text, test.says)
			require.NotEmpty(t, problem.Want)
		})
	}
}

// What is accepted says the same to encoding/json, and survives being written.
func FuzzReadResults(f *testing.F) {
	f.Add([]byte(`{"a": "passed", "b": "error"}`))
	f.Add([]byte(`{"a": "passed", "a": "failed"}`))
	f.Add([]byte("{\"\\ud800\": \"skipped\"}x"))
	f.Fuzz(func(t *testing.T, output []byte) {
		got, problem := suite.ReadResults(output)
		if problem != nil {
			require.Nil(t, got)
			return
		}
		var other map[string]suite.Status
		require.NoError(t, json.Unmarshal(output, &other))
		require.Equal(t, suite.Results(other), got)
		again, err := json.Marshal(got)
		require.NoError(t, err)
		twice, problem := suite.ReadResults(again)
		require.Nil(t, problem)
		require.Equal(t, got, twice)
	})
}

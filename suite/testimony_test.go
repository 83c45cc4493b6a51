package suite_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/selfplay-swe/ssr/suite"
)

// The logs in testdata/testimony.txtar have the forms of Go 1.26, pytest 8,
// Python 3.11 and Node.js 20. The name of a file is what its runner says:
// "runner, passed, failed, end".
func TestTestify(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/testimony.txtar")
	require.NoError(t, err)
	for _, file := range archive.Files {
		t.Run(file.Name, func(t *testing.T) {
			said := suite.Testify(file.Data)
			want := strings.Split(file.Name, ", ")
			require.Equal(t, want[0], orNone(said.Runner))
			require.Equal(t, want[1:3], []string{count(said.Passed), count(said.Failed)})
			require.Equal(t, want[3] == "unfinished", said.Unfinished != "", said.Unfinished)
			against := want[2] != "0" || want[3] == "unfinished"
			require.Equal(t, against, said.Against() != "", said.Against())

			colored := "\x1b[1m" + strings.ReplaceAll(string(file.Data), "\n", "\x1b[0m\n\x1b[1;31m")
			require.Equal(t, said, suite.Testify([]byte(colored)), "in colors")
		})
	}
}

func orNone(runner string) string {
	if runner == "" {
		return "none"
	}
	return runner
}

func count(n int) string { return string(rune('0' + n)) }

func FuzzTestify(f *testing.F) {
	data, err := os.ReadFile("testdata/testimony.txtar")
	require.NoError(f, err)
	for _, file := range txtar.Parse(data).Files {
		f.Add(file.Data)
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		said := suite.Testify(log)
		require.LessOrEqual(t, len(said.Failing), 1000)
		if said.Against() != "" {
			require.NotEmpty(t, said.Runner)
		}
		for _, line := range suite.Excerpt(log, 5) {
			require.NotContains(t, line, "\x1b")
			require.NotContains(t, line, "\n")
		}
	})
}

// A runner's name for a test is told from an id however the parser writes it.
func TestAccuses(t *testing.T) {
	said := suite.Testimony{Failing: []string{"example.com/m/calc TestAdd", "tests/test_calc.py::test_x[1]", "checks.Calc.test_y"}}
	for _, id := range []string{"TestAdd", "calc/TestAdd", "example.com/m/calc.TestAdd", "tests/test_calc.py::test_x[1]", "Calc.test_y"} {
		require.Equal(t, id, said.Accuses([]string{"other", id}))
	}
	for _, id := range []string{"words/TestAdd", "TestAddMore", "calc/TestAdd/one", "tests/test_calc.py::test_x", "test_x[2]", "::", ""} {
		require.Empty(t, said.Accuses([]string{id}), id)
	}
	many := suite.Testify([]byte(strings.Repeat("FAILED t.py::test_flaky\n", 2000) + "==== 2000 failed in 0.1s ====\n"))
	require.Equal(t, "anything", many.Accuses([]string{"anything"}))
	require.Empty(t, suite.Testimony{}.Accuses([]string{"a"}))
}

func TestExcerpt(t *testing.T) {
	log := "fine\nok 1\nFAIL: one \x1b[2J\nmore\n\nTraceback (most recent)\r\nError: \xff\u202e\n"
	require.Equal(t, []string{`FAIL: one \x1b[2J`, "Traceback (most recent)"}, suite.Excerpt([]byte(log), 2))
	require.Equal(t, `Error: \xff\u202e`, suite.Excerpt([]byte(log), 3)[2])
	require.Equal(t, []string{"b", "c"}, suite.Excerpt([]byte("a\nb\nc"), 2), "the last lines, where none tells")
	require.Len(t, []rune(suite.Printable(strings.Repeat("ü", 500))), 201)
}

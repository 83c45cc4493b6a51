package survey_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/suite"
)

// goSample is a module with twelve passing tests of two functions, and more.
func goSample(more string) map[string]string {
	var tests strings.Builder
	tests.WriteString("package m\n\nimport \"testing\"\n")
	for i := range 12 {
		fmt.Fprintf(&tests, "\nfunc TestAdd%d(t *testing.T) {\n\tif Add(%d, 1) != %d {\n\t\tt.Fail()\n\t}\n}\n", i, i, i+1)
	}
	return map[string]string{
		"go.mod":    "module example.com/m\n\ngo 1.22\n",
		"m.go":      "package m\n\nfunc Add(a, b int) int {\n\tif a < 0 {\n\t\treturn b\n\t}\n\treturn a + b\n}\n\nfunc Sub(a, b int) int {\n\treturn a - b\n}\n",
		"m_test.go": tests.String(),
		"more_test.go": "package m\n\nimport (\n\t\"net\"\n\t\"os\"\n\t\"testing\"\n\t\"time\"\n)\n\n" +
			"var _, _, _, _ = net.Dial, os.Getpid, testing.Verbose, time.Now\n\n" + more,
	}
}

func TestGoCoverageIsByTest(t *testing.T) {
	s := tree(t, goSample(`
func TestSub(t *testing.T) {
	t.Run("two words", func(t *testing.T) { Sub(1, 2) })
	t.Run("skipped", func(t *testing.T) { t.Skip() })
}
`))
	machine.Needs(t, s.Provider, "go version")
	seen, err := survey.Take(t.Context(), s, survey.Options{Coverage: true})
	require.NoError(t, err)
	require.Equal(t, survey.GoTest, seen.Framework)
	require.Len(t, seen.Tests, 15)
	require.Equal(t, []survey.Span{{File: "m.go", First: 3, Last: 4}, {File: "m.go", First: 7, Last: 7}}, seen.Coverage["example.com/m TestAdd3"])
	require.Equal(t, []survey.Span{{File: "m.go", First: 10, Last: 11}}, seen.Coverage["example.com/m TestSub"])
	require.Equal(t, survey.Test{
		ID: "example.com/m TestSub/two_words", Dir: ".", File: "more_test.go", Name: "TestSub/two_words", Status: suite.Passed,
	}, seen.Tests[14])
	require.Equal(t, suite.Skipped, seen.Tests[13].Status)
	require.Equal(t, "TestSub", seen.Tests[14].Top(seen.Framework))
}

// What is wrong with some tests leaves these out; the others are played on.
func TestSomeTestsAreLeftOut(t *testing.T) {
	for name, c := range map[string]struct{ more, note string }{
		"failing": {"func TestBad(t *testing.T) { t.Fail() }", "not counted on: 1 test that did not pass before anything was changed: example.com/m TestBad"},
		"flaky": {`func TestClock(t *testing.T) {
			if time.Now().UnixNano()/1000%2 == 0 { t.Run("even", func(*testing.T) {}) }
			t.Run(time.Now().Format("15:04:05.000000000"), func(*testing.T) {})
		}`, "that ended differently in two runs: example.com/m TestClock/"},
	} {
		t.Run(name, func(t *testing.T) {
			s := tree(t, goSample(c.more))
			machine.Needs(t, s.Provider, "go version")
			seen, err := survey.Take(t.Context(), s, survey.Options{})
			require.NoError(t, err)
			require.Contains(t, strings.Join(seen.Notes, "\n"), c.note)
			require.GreaterOrEqual(t, len(passing(seen)), 12)
		})
	}
}

func TestUnplayable(t *testing.T) {
	only := func(tests string) map[string]string {
		files := goSample(tests)
		delete(files, "m_test.go")
		return files
	}
	for name, c := range map[string]struct {
		files   map[string]string
		problem string
	}{
		"nothing":    {map[string]string{"main.c": ""}, "the sample: it has no tests of a known framework; *_test.go below a go.mod"},
		"few":        {only("func TestOne(t *testing.T) {}"), "the sample: it has only 1 test; at least 10 tests must pass"},
		"failing":    {only("func TestOne(t *testing.T) { t.Fail() }"), "1 of its tests fail before anything is changed, such as example.com/m TestOne, and 0 pass"},
		"no build":   {goSample("func TestOne(t *testing.T) { nothing() }"), "the tests of example.com/m do not compile: ./more_test.go:12:30: undefined: nothing"},
		"network":    {only(`func TestOne(t *testing.T) { if _, err := net.Dial("tcp", "192.0.2.1:80"); err != nil { t.Fatal(err) } }`), "their log speaks of connections, while tests are run without a network"},
		"no go.mod":  {map[string]string{"a_test.go": "package a"}, "it has no tests of a known framework"},
		"bad python": {map[string]string{"test_a.py": "import nothing_at_all\n\ndef test_a(): pass\n"}, "test_a.py cannot be imported: ModuleNotFoundError: No module named 'nothing_at_all'"},
	} {
		t.Run(name, func(t *testing.T) {
			s := tree(t, c.files)
			machine.Needs(t, s.Provider, "go version && python3 -m pytest --version")
			_, err := survey.Take(t.Context(), s, survey.Options{})
			var unplayable *inject.UnplayableError
			require.ErrorAs(t, err, &unplayable)
			require.ErrorContains(t, err, c.problem)
		})
	}
}

// A solver's tree has failing tests, and it asks for some of them.
func TestOnlyAndFailing(t *testing.T) {
	s := tree(t, goSample("func TestBad(t *testing.T) { t.Fail() }"))
	machine.Needs(t, s.Provider, "go version")
	seen, err := survey.Take(t.Context(), s, survey.Options{Only: []string{"TestBad", "TestAdd3"}, AllowFailing: true})
	require.NoError(t, err)
	require.Equal(t, []survey.Test{
		{ID: "example.com/m TestAdd3", Dir: ".", File: "m_test.go", Name: "TestAdd3", Status: suite.Passed},
		{ID: "example.com/m TestBad", Dir: ".", File: "more_test.go", Name: "TestBad", Status: suite.Failed},
	}, seen.Tests)
}

func TestCached(t *testing.T) {
	s := tree(t, goSample(""))
	machine.Needs(t, s.Provider, "go version")
	dir := t.TempDir()
	first, err := survey.Cached(t.Context(), dir, s, survey.Options{})
	require.NoError(t, err)
	kept, err := filepath.Glob(dir + "/surveys/*")
	require.NoError(t, err)
	require.Len(t, kept, 1)

	// The second survey is the first, and not one that looks like it.
	data, err := os.ReadFile(kept[0])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(kept[0], []byte(strings.Replace(string(data), `"seconds":`, `"notes":["read from disk"],"seconds":`, 1)), 0o644))
	second, err := survey.Cached(t.Context(), dir, s, survey.Options{})
	require.NoError(t, err)
	require.Equal(t, first.Tests, second.Tests)
	require.NotEqual(t, first, second)

	// Other options, and a damaged file, make a new one.
	_, err = survey.Cached(t.Context(), dir, s, survey.Options{Only: []string{"TestAdd1"}, AllowFailing: true})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(kept[0], data[:len(data)/2], 0o644))
	third, err := survey.Cached(t.Context(), dir, s, survey.Options{})
	require.NoError(t, err)
	require.Equal(t, first.Tests, third.Tests)
	kept, err = filepath.Glob(dir + "/surveys/*")
	require.NoError(t, err)
	require.Len(t, kept, 2)
}

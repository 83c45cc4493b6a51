package trial_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/baseline/trial"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local"
	"github.com/selfplay-swe/ssr/suite"
)

// pythonSample is a tree whose functions differ in what a trial of them needs: add
// and Box.get are called by tests only, table is called by the import, LIMIT is
// no function.
var pythonSample = map[string]string{
	"calc.py": `LIMIT = 10

def table(n):
    return [i * i for i in range(n)]

SQUARES = table(4)

def add(a, b):
    return a + b

def loop(n):
    while n > 0:
        n = n - 1
    return n

class Box:
    def __init__(self, content):
        self.content = content

    def get(self):
        return self.content
`,
	"test_calc.py": `import unittest
import calc

class Calc(unittest.TestCase):
    def test_add(self):
        self.assertEqual(calc.add(1, 2), 3)

    def test_box(self):
        self.assertEqual(calc.Box(calc.add(0, 1)).get(), 1)

    def test_limit(self):
        self.assertEqual(calc.LIMIT, 10)

    def test_loop(self):
        self.assertEqual(calc.loop(3), 0)

    def test_squares(self):
        self.assertEqual(calc.SQUARES, [0, 1, 4, 9])

    @unittest.skip("never")
    def test_skipped(self):
        pass
`,
}

// replaced is an edit that puts some text of calc.py another way.
func replaced(before, after string) mutate.Edit {
	start := strings.Index(pythonSample["calc.py"], before)
	return mutate.Edit{Operator: "test", File: "calc.py", Line: 1, Changes: []mutate.Change{{File: "calc.py", Start: start, Before: before, After: after}}}
}

var pythonEdits = []mutate.Edit{
	0: replaced("a + b", "a - b"),
	1: replaced("i * i", "i + i"),
	2: replaced("LIMIT = 10", "LIMIT = 11"),
	3: replaced("n - 1", "n - 0"),
	4: replaced("return self.content", "return None"),
	5: replaced("def add(a, b):", "def add(a, b=("),
	6: replaced("def add(a, b):\n    return a + b\n", "def add(b, a):\n    return a - b\n"),
	7: {Operator: "test", File: "calc.py", Changes: []mutate.Change{{File: "calc.py", Start: 0, Before: "no such text"}}},
	8: replaced("a + b", "__import__('os').kill(__import__('os').getppid(), 9)"),
}

func TestPython(t *testing.T) {
	names := map[survey.Framework]string{survey.Unittest: "test_calc.Calc.", survey.Pytest: "test_calc.py::Calc::"}
	for _, framework := range []survey.Framework{survey.Unittest, survey.Pytest} {
		t.Run(string(framework), func(t *testing.T) {
			name := names[framework]
			bench := openPythonSample(t, framework, name)
			for _, c := range []struct {
				what   string
				chosen []int
				tests  []string
				failed []string
			}{
				{"no candidate", nil, nil, nil},
				{"the body of a function", []int{0}, nil, []string{"add", "box"}},
				{"a function that the import called", []int{1}, nil, []string{"squares"}},
				{"no function", []int{2}, nil, []string{"limit"}},
				{"the body of a method", []int{4}, nil, []string{"box"}},
				{"parameters", []int{6}, nil, []string{"add"}},
				{"two together", []int{1, 2}, nil, []string{"limit", "squares"}},
				{"some tests", []int{0}, []string{"box", "limit"}, []string{"box"}},
				{"no candidate again", nil, nil, nil},
			} {
				t.Run(c.what, func(t *testing.T) {
					out, err := bench.Try(t.Context(), trial.Try{Candidates: c.chosen, Tests: named(name, c.tests)})
					require.NoError(t, err)
					require.True(t, out.Ended)
					require.Equal(t, named(name, c.failed), out.Failed)
				})
			}
			t.Run("a loop", func(t *testing.T) {
				out, err := bench.Try(t.Context(), trial.Try{Candidates: []int{3}})
				require.NoError(t, err)
				require.False(t, out.Ended)
				require.NotContains(t, out.Passed, name+"test_loop")
				out, err = bench.Try(t.Context(), trial.Try{})
				require.NoError(t, err)
				require.Equal(t, named(name, []string{"add", "box", "limit", "loop", "squares"}), out.Passed, "and nothing of it is left")
			})
			t.Run("what does not compile", func(t *testing.T) {
				out, err := bench.Try(t.Context(), trial.Try{Candidates: []int{5}})
				require.NoError(t, err)
				require.Empty(t, out.Passed)
			})
			t.Run("early", func(t *testing.T) {
				out, err := bench.Try(t.Context(), trial.Try{Candidates: []int{0}, Early: true})
				require.NoError(t, err)
				require.Len(t, out.Failed, 1)
				require.False(t, out.Ended)
			})
			t.Run("a server that is killed", func(t *testing.T) {
				for range 2 {
					out, err := bench.Try(t.Context(), trial.Try{Candidates: []int{8}})
					require.NoError(t, err)
					require.False(t, out.Ended)
				}
				out, err := bench.Try(t.Context(), trial.Try{Tests: named(name, []string{"add"})})
				require.NoError(t, err)
				require.Equal(t, named(name, []string{"add"}), out.Passed)
			})
			require.Equal(t, []int{7}, bench.Left())
			_, err := bench.Try(t.Context(), trial.Try{Tests: []string{"unknown"}})
			require.ErrorContains(t, err, `no test "unknown"`)
			_, err = bench.Try(t.Context(), trial.Try{Candidates: []int{99}})
			require.ErrorContains(t, err, "candidate 99")
		})
	}
}

// named are ids of the sample's tests.
func named(prefix string, words []string) (ids []string) {
	for _, word := range words {
		ids = append(ids, prefix+"test_"+word)
	}
	return ids
}

func openPythonSample(t *testing.T, framework survey.Framework, prefix string) trial.Bench {
	t.Helper()
	files := map[string]repo.File{}
	for name, text := range pythonSample {
		files[name] = repo.File{Mode: repo.Regular, Data: []byte(text)}
	}
	tree, err := repo.NewTree(files)
	require.NoError(t, err)
	seen := &survey.Survey{Framework: framework}
	for _, id := range named(prefix, []string{"add", "box", "limit", "loop", "skipped", "squares"}) {
		seen.Tests = append(seen.Tests, survey.Test{ID: id, Name: id, File: "test_calc.py", Status: suite.Passed})
	}
	seen.Tests[4].Status = suite.Skipped
	bench, err := trial.Open(t.Context(), survey.Subject{Tree: tree, Provider: pythonProvider(t)}, seen, pythonEdits, trial.Options{Parallel: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, bench.Close()) })
	require.Empty(t, bench.Without())
	return bench
}

// pythonProvider skips the test where there is no sandbox with pytest in it.
func pythonProvider(t testing.TB) sandbox.Provider {
	t.Helper()
	provider, err := local.New(local.Options{})
	require.NoError(t, err)
	box, err := provider.New(t.Context(), sandbox.Spec{})
	if refused, ok := errors.AsType[*sandbox.GuaranteeError](err); ok {
		t.Skip(refused)
	}
	require.NoError(t, err)
	defer box.Close()
	result, err := box.Run(t.Context(), sandbox.Cmd{Args: []string{"python3", "-m", "pytest", "--version"}, Combine: true})
	require.NoError(t, err)
	if !result.OK() {
		t.Skipf("sandboxes of this machine have no pytest: %s", result.Output)
	}
	return provider
}

package trial_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/baseline/trial"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
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

// A pythonSampleBench is a bench of pythonEdits, by one of the frameworks.
type pythonSampleBench struct {
	trial.Bench
	prefix string // of its tests' ids
}

func TestPython(t *testing.T) {
	for framework, prefix := range map[survey.Framework]string{survey.Unittest: "test_calc.Calc.", survey.Pytest: "test_calc.py::Calc::"} {
		t.Run(string(framework), func(t *testing.T) {
			b := pythonSampleBench{openPythonSample(t, framework, prefix), prefix}
			b.switches(t)
			t.Run("a loop", b.endsLoops)
			t.Run("what does not compile", b.passesNothingBroken)
			t.Run("early", b.stopsEarly)
			t.Run("a server that is killed", b.outlivesItsServer)
			t.Run("what it does not have", b.refuses)
		})
	}
}

// switches tries candidates of every kind, each of which breaks what uses it and
// nothing else.
func (b pythonSampleBench) switches(t *testing.T) {
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
			out := b.try(t, trial.Try{Candidates: c.chosen, Tests: b.ids(c.tests...)})
			require.True(t, out.Ended)
			require.Equal(t, b.ids(c.failed...), out.Failed)
		})
	}
}

func (b pythonSampleBench) endsLoops(t *testing.T) {
	out := b.try(t, trial.Try{Candidates: []int{3}})
	require.False(t, out.Ended)
	require.NotContains(t, out.Passed, b.prefix+"test_loop")
	out = b.try(t, trial.Try{})
	require.Equal(t, b.ids("add", "box", "limit", "loop", "squares"), out.Passed, "and nothing of it is left")
}

func (b pythonSampleBench) passesNothingBroken(t *testing.T) {
	out := b.try(t, trial.Try{Candidates: []int{5}})
	require.Empty(t, out.Passed)
}

func (b pythonSampleBench) stopsEarly(t *testing.T) {
	out := b.try(t, trial.Try{Candidates: []int{0}, Early: true})
	require.Len(t, out.Failed, 1)
	require.False(t, out.Ended)
}

func (b pythonSampleBench) outlivesItsServer(t *testing.T) {
	for range 2 {
		out := b.try(t, trial.Try{Candidates: []int{8}})
		require.False(t, out.Ended)
	}
	out := b.try(t, trial.Try{Tests: b.ids("add")})
	require.Equal(t, b.ids("add"), out.Passed)
}

func (b pythonSampleBench) refuses(t *testing.T) {
	require.Equal(t, []int{7}, b.Left())
	_, err := b.Try(t.Context(), trial.Try{Tests: []string{"unknown"}})
	require.ErrorContains(t, err, `no test "unknown"`)
	_, err = b.Try(t.Context(), trial.Try{Candidates: []int{99}})
	require.ErrorContains(t, err, "candidate 99")
}

func (b pythonSampleBench) try(t *testing.T, asked trial.Try) trial.Outcome {
	t.Helper()
	out, err := b.Try(t.Context(), asked)
	require.NoError(t, err)
	return out
}

// ids are those of the sample's tests; nil of none.
func (b pythonSampleBench) ids(words ...string) []string { return named(b.prefix, words) }

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

// pythonProvider skips the test where sandboxes have no pytest.
func pythonProvider(t testing.TB) sandbox.Provider {
	t.Helper()
	provider := machine.Provider(t)
	machine.Needs(t, provider, "python3 -m pytest --version")
	return provider
}

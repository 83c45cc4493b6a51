package survey_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/suite"
)

// What each framework says about one sample: the ids, the statuses, and that
// coverage is by test and leaves test files out.
func TestFrameworks(t *testing.T) {
	python := map[string]string{
		"src/calc/__init__.py": "def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    if a < b:\n        return None\n    return a - b\n",
		"tests/__init__.py":    "",
		"tests/test_calc.py": "import unittest\nfrom calc import add, sub\n\n\nclass Calc(unittest.TestCase):\n" +
			"    def test_add(self):\n        \"\"\"With a docstring.\"\"\"\n        print('noise ... ok')\n        self.assertEqual(add(1, 2), 3)\n\n" +
			"    def test_sub(self):\n        with self.subTest(i=1):\n            self.assertEqual(sub(3, 2), 1)\n\n" +
			"    def test_bad(self):\n        with self.subTest(i=2):\n            self.fail()\n\n" +
			"    @unittest.skip('not now')\n    def test_skipped(self):\n        pass\n" +
			strings.Join(many("\n    def test_more%d(self):\n        pass\n", 10), ""),
	}
	node := map[string]string{
		"calc.js": "exports.add = (a, b) => a + b;\nexports.sub = (a, b) => {\n  if (a < b) return null;\n  return a - b;\n};\n",
		"test/calc.test.js": "const { test, describe, it } = require('node:test');\nconst { add } = require('../calc.js');\n" +
			"describe('calc', () => { it('adds > more', () => { add(1, 2); }); it('waits', { skip: true }, () => {}); });\n" +
			strings.Join(many("test('more %d', () => {});\n", 10), ""),
		"test/bad.test.js": "const { test } = require('node:test');\ntest('bad', () => { throw new Error('no'); });\ntest('good', () => {});\n",
	}
	unittest := map[string]string{"pytest.py": "raise ImportError('there is no pytest here')\n"}
	maps.Copy(unittest, python)
	for framework, c := range map[survey.Framework]struct {
		files    map[string]string
		probe    string
		statuses map[string]suite.Status
		covered  string
		spans    []survey.Span
	}{
		survey.Pytest: {python, "python3 -m pytest --version", map[string]suite.Status{
			"tests/test_calc.py::Calc::test_add": suite.Passed, "tests/test_calc.py::Calc::test_sub": suite.Passed,
			"tests/test_calc.py::Calc::test_bad": suite.Failed, "tests/test_calc.py::Calc::test_skipped": suite.Skipped,
		}, "tests/test_calc.py::Calc::test_sub", []survey.Span{{File: "src/calc/__init__.py", First: 6, Last: 6}, {File: "src/calc/__init__.py", First: 8, Last: 8}}},
		survey.Unittest: {unittest, "python3 --version", map[string]suite.Status{
			"tests.test_calc.Calc.test_add": suite.Passed, "tests.test_calc.Calc.test_sub": suite.Passed,
			"tests.test_calc.Calc.test_bad": suite.Failed, "tests.test_calc.Calc.test_skipped": suite.Skipped,
		}, "tests.test_calc.Calc.test_add", []survey.Span{{File: "src/calc/__init__.py", First: 2, Last: 2}}},
		survey.NodeTest: {node, "node --version", map[string]suite.Status{
			"test/calc.test.js > calc > adds > more": suite.Passed, "test/calc.test.js > calc > waits": suite.Skipped,
			"test/bad.test.js > bad": suite.Failed, "test/bad.test.js > good": 0,
		}, "test/calc.test.js > calc", []survey.Span{{File: "calc.js", First: 1, Last: 2}}},
	} {
		t.Run(string(framework), func(t *testing.T) {
			s := tree(t, c.files)
			machine.Needs(t, s.Provider, c.probe)
			seen, err := survey.Take(t.Context(), s, survey.Options{Coverage: true})
			require.NoError(t, err)
			require.Equal(t, framework, seen.Framework)
			statuses := map[string]suite.Status{}
			for _, test := range seen.Tests {
				statuses[test.ID] = test.Status
			}
			for id, want := range c.statuses {
				require.Equal(t, want, statuses[id], id)
			}
			require.Equal(t, c.spans, seen.Coverage[c.covered])
			again(t, s, seen, passing(seen))
		})
	}
}

func many(format string, n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf(format, i))
	}
	return list
}

// A weakening deletes tests; the script still runs the others, and the parser
// says nothing about what is gone.
func TestScriptPassesOverDeletedTests(t *testing.T) {
	s := tree(t, goSample("func TestSub(t *testing.T) { Sub(2, 1) }"))
	chosen := []survey.Test{{Dir: ".", Name: "TestSub"}, {Dir: ".", Name: "TestGone/case"}}
	require.Equal(t, map[string]suite.Status{"example.com/m TestSub": suite.Passed}, run(t, s, survey.GoTest, chosen))

	s = tree(t, map[string]string{"test_a.py": "def test_a(): pass\ndef test_b(): pass\n"})
	machine.Needs(t, s.Provider, "python3 -m pytest --version")
	chosen = []survey.Test{{File: "test_a.py", Name: "test_a.py::test_a"}, {File: "test_a.py", Name: "test_a.py::test_gone"}, {File: "gone/test_it's.py", Name: "gone/test_it's.py::test"}}
	require.Equal(t, map[string]suite.Status{"test_a.py::test_a": suite.Passed}, run(t, s, survey.Pytest, chosen))

	chosen = []survey.Test{{File: "test_a.py", Name: "test_a.gone"}, {File: "test_gone.py", Name: "test_gone.test"}}
	require.Empty(t, run(t, s, survey.Unittest, chosen))
}

// A package that does not build says nothing about its tests, and one that ends
// in the middle nothing about the later ones.
func TestVanishedTestsAreMissing(t *testing.T) {
	broken := goSample("func TestOne(t *testing.T) { nothing() }")
	require.Empty(t, run(t, tree(t, broken), survey.GoTest, []survey.Test{{Dir: ".", Name: "TestAdd1"}}))

	ends := goSample("func TestA(t *testing.T) { os.Exit(0) }\nfunc TestB(t *testing.T) {}")
	results := run(t, tree(t, ends), survey.GoTest, []survey.Test{{Dir: ".", Name: "TestAdd1"}, {Dir: ".", Name: "TestA"}, {Dir: ".", Name: "TestB"}})
	require.Equal(t, suite.Passed, results["example.com/m TestAdd1"])
	require.NotContains(t, results, "example.com/m TestB")
}

func run(t *testing.T, s survey.Subject, f survey.Framework, tests []survey.Test) map[string]suite.Status {
	t.Helper()
	runner := suite.Runner{Provider: s.Provider, Setup: s.Setup}
	run, err := runner.Run(t.Context(), suite.Request{Tree: s.Tree, Suite: suite.Suite{Script: survey.Script(f, tests), Parser: survey.Parser(f)}})
	require.NoError(t, err)
	if run.Problem != nil {
		require.Equal(t, suite.ParserOutput, run.Problem.Kind, run.Problem) // no results at all
	}
	return run.Results
}

// What a script is made of cannot become a command of it.
func TestScriptQuotes(t *testing.T) {
	script := string(survey.Script(survey.GoTest, []survey.Test{{Dir: "a'; touch x; '", Name: "TestX$(touch y)"}}))
	require.Contains(t, script, `-run '^(TestX\$\(touch y\))$' './a'\''; touch x; '\'''`)
}

package trial_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/baseline/trial"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/suite"
)

func TestNode(t *testing.T) {
	const source = "exports.add = (a, b) => {\n  return a + b;\n};\nexports.loop = () => {\n  let n = 3;\n  while (n > 0) n--;\n  return n;\n};\n"
	files := map[string]repo.File{}
	for name, text := range map[string]string{
		"package.json":       "{}",
		"calc.js":            source,
		"test/add.test.js":   "const { test } = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('../calc.js');\ntest('adds', () => assert.equal(add(1, 2), 3));\ntest('zero', () => assert.equal(add(1, 0), 1));\n",
		"test/other.test.js": "const { test } = require('node:test');\nconst assert = require('node:assert');\ntest('loops', () => assert.equal(require('../calc.js').loop(), 0));\n",
	} {
		files[name] = repo.File{Mode: repo.Regular, Data: []byte(text)}
	}
	tree, err := repo.NewTree(files)
	require.NoError(t, err)
	subject := survey.Subject{Tree: tree, Provider: machine.Provider(t)}
	machine.Needs(t, subject.Provider, "node --version")
	seen := &survey.Survey{Framework: survey.NodeTest}
	for _, name := range []string{"test/add.test.js > adds", "test/add.test.js > zero", "test/other.test.js > loops"} {
		seen.Tests = append(seen.Tests, survey.Test{ID: name, Name: name, File: name[:slices.Index([]byte(name), ' ')], Status: suite.Passed})
	}
	edits := slices.Collect(mutate.JavaScriptEdits("calc.js", []byte(source)))
	bench, err := trial.Open(t.Context(), subject, seen, edits, trial.Options{})
	require.NoError(t, err)
	defer bench.Close()
	require.Empty(t, bench.Without())
	find := func(operator string, line int) int {
		return slices.IndexFunc(edits, func(e mutate.Edit) bool { return e.Operator == operator && e.Line == line })
	}

	out, err := bench.Try(t.Context(), trial.Try{})
	require.NoError(t, err)
	require.Equal(t, trial.Outcome{Passed: []string{"test/add.test.js > adds", "test/add.test.js > zero", "test/other.test.js > loops"}, Ended: true}, out)

	out, err = bench.Try(t.Context(), trial.Try{Candidates: []int{find("arith-change", 2)}})
	require.NoError(t, err)
	require.Equal(t, trial.Outcome{Failed: []string{"test/add.test.js > adds"}, Passed: []string{"test/add.test.js > zero", "test/other.test.js > loops"}, Ended: true}, out)

	out, err = bench.Try(t.Context(), trial.Try{Candidates: []int{find("arith-change", 2)}, Early: true})
	require.NoError(t, err)
	require.False(t, out.Ended)
	require.NotContains(t, out.Passed, "test/other.test.js > loops", "the next file is not begun")

	out, err = bench.Try(t.Context(), trial.Try{Candidates: []int{find("arith-change", 2)}, Tests: []string{"test/add.test.js > zero", "test/other.test.js > loops"}, Early: true})
	require.NoError(t, err)
	require.True(t, out.Ended, "a file that fails is no reason to stop, when what was asked for passes")
	require.Len(t, out.Passed, 2)

	out, err = bench.Try(t.Context(), trial.Try{Candidates: []int{find("step-flip", 6)}, Tests: []string{"test/other.test.js > loops"}})
	require.NoError(t, err)
	require.Equal(t, trial.Outcome{}, out, "a loop passes nothing, and ends nowhere")
}

package survey_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/internal/machine"
)

// Each top-level test is said to run what it ran itself and what its file ran
// before the first test, in a CommonJS module as in an ES module.
func TestNodeCoverageIsByTest(t *testing.T) {
	calc := "add = a => {\n  return a + 1;\n};\nsub = a => {\n  return a - 1;\n};\n"
	tests := "test('adds # 1', async t => { await t.test('within', () => { add(1); }); });\n" +
		"describe('all', () => { it('subtracts', () => { sub(1); }); });\n" +
		"test('nothing', () => {});\ntest('n1', () => {});\ntest('n2', () => {});\ntest('n3', () => {});\n"
	s := tree(t, map[string]string{
		"calc.js": "let add, sub;\n" + calc + "module.exports = { add, sub };\n", "calc.mjs": "let add, sub;\n" + calc + "export { add, sub };\n",
		"test/a.test.js":  "const { test, describe, it } = require('node:test');\nconst { add, sub } = require('../calc.js');\n" + tests,
		"test/b.test.mjs": "import { test, describe, it } from 'node:test';\nimport { add, sub } from '../calc.mjs';\n" + tests,
	})
	machine.Needs(t, s.Provider, "node --version")
	seen, err := survey.Take(t.Context(), s, survey.Options{Coverage: true})
	require.NoError(t, err)
	for test, code := range map[string]string{"test/a.test.js": "calc.js", "test/b.test.mjs": "calc.mjs"} {
		loaded := []survey.Span{{File: code, First: 1, Last: 2}, {File: code, First: 5, Last: 5}, {File: code, First: 8, Last: 8}}
		require.Equal(t, loaded, seen.Coverage[test+" > nothing"])
		require.Equal(t, survey.Span{File: code, First: 1, Last: 3}, seen.Coverage[test+` > adds \# 1`][0])
		require.Equal(t, survey.Span{File: code, First: 5, Last: 6}, seen.Coverage[test+" > all"][1])
	}
}

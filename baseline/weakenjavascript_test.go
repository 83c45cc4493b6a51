package baseline

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
)

const javaScriptTests = `'use strict'
const { test, describe, it } = require('node:test')

// about one
test('one', (t) => { t.assert.equal(1, 1) })

test('two # 2', async t => {
  await t.test('a', () => {})
  for (const n of [1, 2]) await t.test('row ' + n, () => {})
  await t.test('b', () => {})
})

test('planned', async (t) => {
  t.plan(2)
  await t.test('a', () => {})
  await t.test('b', () => {})
})

describe('all', () => {
  it('one', () => { /test('one', (/.test('x') });
  it('two', () => {});
})
`

// A failing test goes, with the fewest lines around it.
func TestWeakenJavaScript(t *testing.T) {
	for _, c := range []struct {
		ids  []string
		deep bool
		gone []string // text that is no longer there
		left []string
	}{
		{[]string{"one"}, true, []string{"test('one', (t)"}, []string{"// about one", "it('one'"}},
		{[]string{"two \\# 2 > b", "two \\# 2"}, true, []string{"t.test('b', () => {})\n})\n\ntest('planned'"}, []string{"t.test('a'", "row", "planned"}},
		{[]string{"two \\# 2 > row 1"}, true, []string{"two # 2", "row"}, []string{"'one'", "planned"}},
		{[]string{"planned > a"}, true, []string{"planned", "plan(2)"}, []string{"two # 2"}},
		{[]string{"all > one", "all > two"}, true, []string{"it('one'", "it('two'"}, []string{"describe('all'", "test('one', (t)"}},
		{[]string{"all > one"}, false, []string{"describe('all'", "it('two'"}, []string{"test('one', (t)"}},
	} {
		var tests []survey.Test
		for _, id := range c.ids {
			id = "test/a.test.js > " + id
			tests = append(tests, survey.Test{ID: id, Name: id, File: "test/a.test.js"})
		}
		weak := string(weakenJavaScript("a.test.js", []byte(javaScriptTests), javaScriptNames(tests), c.deep))
		for _, text := range c.gone {
			require.NotContains(t, weak, text, c.ids)
		}
		for _, text := range c.left {
			require.Contains(t, weak, text, c.ids)
		}
	}
	require.Nil(t, weakenJavaScript("a.test.js", []byte(javaScriptTests), [][]string{{"three"}}, true), "a test that is made elsewhere")
}

func FuzzWeakenJavaScript(f *testing.F) {
	f.Add(javaScriptTests, "one")
	f.Fuzz(func(t *testing.T, source, name string) {
		weak := weakenJavaScript("a.test.js", []byte(source), [][]string{{tapName(name)}}, true)
		require.LessOrEqual(t, len(weak), len(source))
	})
}

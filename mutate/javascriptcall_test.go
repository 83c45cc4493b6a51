package mutate_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/mutate"
)

func TestJavaScriptCalls(t *testing.T) {
	src := "const s = test('not (a) statement', f)\n" +
		"test('it\\'s \\x41', async (t) => {\n" +
		"  await t.test(`in )}`, () => { const r = /[)`]/; return `${f(')')})` });\n" +
		"})\n" +
		"for (const x of [1])\n  test('the only one', f)\n" +
		"describe.skip(`${s} computed`, f)\n" +
		"test('goes on', f).catch(g)\n" +
		"test('a' + 'b', f); // test('comment')\n" +
		"test('left open', f\n"
	var list []mutate.Call
	for _, c := range mutate.JavaScriptCalls("a.js", []byte(src)) {
		require.LessOrEqual(t, c.Start, c.End)
		if strings.Contains(c.Callee, "test") || strings.Contains(c.Callee, "describe") {
			list = append(list, mutate.Call{Callee: c.Callee, Name: c.Name, Statement: c.Statement})
		}
	}
	require.Equal(t, []mutate.Call{
		{Callee: "test", Name: "not (a) statement"},
		{Callee: "test", Name: "it's A", Statement: true},
		{Callee: "t.test", Name: "in )}", Statement: true},
		{Callee: "test", Name: "the only one"},
		{Callee: "describe.skip", Statement: true},
		{Callee: "test", Name: "goes on"},
		{Callee: "test", Statement: true},
		{Callee: "test", Name: "left open"},
	}, list)
}

func TestJavaScriptCallsHaveTheirAwaitAndSemicolon(t *testing.T) {
	src := "{\n  await t.test('a', f);\n}\n"
	call := mutate.JavaScriptCalls("a.js", []byte(src))[0]
	require.Equal(t, "await t.test('a', f);", src[call.Start:call.End])
}

func FuzzJavaScriptCalls(f *testing.F) {
	f.Add("await t.test(`a${b}`, () => {})\ntest('\\u{41}')")
	f.Fuzz(func(t *testing.T, src string) {
		for _, c := range mutate.JavaScriptCalls("a.js", []byte(src)) {
			require.True(t, 0 <= c.Start && c.Start < c.End && c.End <= len(src))
		}
	})
}

// onNode runs the checker as a sandbox would; it compiles what it is given, and
// runs nothing of it.
func onNode(t *testing.T) mutate.Run {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("Node.js is not here: ", err)
	}
	return func(ctx context.Context, args []string, stdin []byte) ([]byte, error) {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Stdin = strings.NewReader(string(stdin))
		return cmd.Output()
	}
}

// What Node could not load is no edit: it would fail every test of a file.
func TestJavaScriptEditsParse(t *testing.T) {
	sources := map[string][]byte{
		"common.js": []byte("#!/usr/bin/env node\nfor (let i = 0; i < 9; i++) { if (i > 1) break }\nreturn\n"),
		"module.js": []byte("import fs from 'fs'\nexport const f = async (é) => {\n  switch (é) { case 1: break }\n  return é < 2\n}\n"),
		"typed.js":  []byte("const a: number = 1 < 2;\n"),
	}
	j := mutate.JavaScript{Run: onNode(t), Sources: sources}
	edits, err := j.Edits(t.Context(), []string{"common.js", "module.js", "typed.js"})
	require.NoError(t, err)
	operators := map[string][]string{}
	for _, e := range edits {
		operators[e.File] = append(operators[e.File], e.Operator)
	}
	require.Contains(t, operators["common.js"], "break-continue")
	require.Contains(t, operators["module.js"], "rel-boundary")
	require.NotContains(t, operators["module.js"], "break-continue", "continue in a switch without a loop")
	require.Empty(t, operators["typed.js"])
}

// Every edit that an injector makes and that has an inverse is among the repairs
// of what it makes.
func TestJavaScriptRepairsUndo(t *testing.T) {
	src := "function f(a, b) {\n  let n = a + b * 2\n  if (!a && n <= 3) return true\n  while (n < 9) n++\n  n += 1\n  return a === b ? n % 2 : Math.min(a, b)\n}\n"
	run := onNode(t)
	for e := range mutate.JavaScriptEdits("a.js", []byte(src)) {
		if e.Operator == "body-remove" || e.Operator == "if-false" && strings.Contains(e.Changes[0].After, "while") {
			continue
		}
		broken := applied(t, map[string][]byte{"a.js": []byte(src)}, e)["a.js"]
		j := mutate.JavaScript{Run: run, Sources: map[string][]byte{"a.js": []byte(broken)}}
		repairs, err := j.Repairs(t.Context(), mutate.JavaScriptFunctions("a.js", []byte(broken)), 0)
		require.NoError(t, err)
		undone := false
		for _, r := range repairs {
			text := applied(t, j.Sources, r)["a.js"]
			undone = undone || strip(text) == strip(src)
		}
		require.True(t, undone, "%s: %s", e.Operator, broken)
	}
}

// strip drops what does not matter: a condition in two parentheses is in one.
func strip(src string) string {
	return strings.NewReplacer("(", "", ")", "", " ", "").Replace(src)
}

package mutate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/mutate"
)

func TestJavaScriptOperators(t *testing.T) {
	shown := map[string]bool{}
	for _, c := range []struct {
		operator, before string
		after            []string
	}{
		{"eq-flip", "x = a === b // a === b", []string{"x = a !== b // a === b"}},
		{"rel-boundary", "x = `<${a < b}<`", []string{"x = `<${a <= b}<`"}},
		{"rel-change", "x = a <= b", []string{"x = a >= b", "x = a > b"}},
		{"logic-change", "x = a && '&&'", []string{"x = a || '&&'"}},
		{"arith-change", "x = a + -b", []string{"x = a - -b"}},
		{"arith-change", "x = /a+b/.test(c)", nil},
		{"bit-change", "x = a << b", []string{"x = a >> b"}},
		{"accumulate-drop", "x += a", []string{"x = a"}},
		{"step-flip", "x++", []string{"x--"}},
		{"unary-drop", "x = !a", []string{"x = a"}},
		{"bool-flip", "x = true", []string{"x = false"}},
		{"const-change", "x = 7 + 0x7 + 7.5", []string{"x = 8 + 0x7 + 7.5", "x = 6 + 0x7 + 7.5"}},
		{"break-continue", "for (;;) break", []string{"for (;;) continue"}},
		{"if-negate", "if (f(a) || b) g()", []string{"if (!(f(a) || b)) g()"}},
		{"if-true", "if (a) g()", []string{"if (true || (a)) g()"}},
		{"if-false", "while (a) g()", []string{"while (false && (a)) g()"}},
		{"call-change", "x = Math.min(a)", []string{"x = Math.max(a)"}},
		{"stmt-remove", "f();\nif (a) {\n  return b;\n}\nlet c =\n  f();\n", []string{"if (a) {\n  return b;\n}\nlet c =\n  f();\n", "f();\nif (a) {\n}\nlet c =\n  f();\n"}},
		{"body-remove", "function f(a) {\n  // why\n  return a\n}\nconst g = () => { h() }\nfunction i() {}", []string{
			"function f(a) {\n}\nconst g = () => { h() }\nfunction i() {}", "function f(a) {\n  // why\n  return a\n}\nconst g = () => {}\nfunction i() {}"}},
	} {
		shown[c.operator] = true
		var after []string
		sources := map[string][]byte{"a.js": []byte(c.before)}
		for e := range mutate.JavaScriptEdits("a.js", sources["a.js"]) {
			if e.Operator == c.operator {
				after = append(after, applied(t, sources, e)["a.js"])
			}
		}
		require.Equal(t, c.after, after, c.before)
	}
	for _, op := range mutate.JavaScriptOperators() {
		require.True(t, shown[op.Name], "%s is not shown", op.Name)
	}
}

func TestJavaScriptFunctions(t *testing.T) {
	src := `function a(x, y = {}) {
  if (x) {
    return 1
  }
}
class C {
  b(x) {
    return x < 1
  }
}
const c = async (x) => {
  return ` + "`${x.map(y => { return y })}`" + `
}
d(function () {
  e(1)
})
exports.f = function () { return 1 }
`
	require.Equal(t, []mutate.Function{
		{File: "a.js", Name: "a", First: 1, Last: 5}, {File: "a.js", Name: "b", First: 7, Last: 9},
		{File: "a.js", Name: "c", First: 11, Last: 13}, {File: "a.js", Name: "f", First: 17, Last: 17},
	}, mutate.JavaScriptFunctions("a.js", []byte(src)))
	for e := range mutate.JavaScriptEdits("a.js", []byte(src)) {
		if e.Operator == "rel-boundary" {
			require.Equal(t, "b", e.Func)
			require.Equal(t, 8, e.Line)
		}
	}
}

func FuzzJavaScriptEdits(f *testing.F) {
	f.Add("if (a < b) { f(`${c}`); }\n")
	f.Fuzz(func(t *testing.T, src string) {
		sources := map[string][]byte{"a.ts": []byte(src)}
		for e := range mutate.JavaScriptEdits("a.ts", sources["a.ts"]) {
			applied(t, sources, e)
		}
		mutate.JavaScriptFunctions("a.ts", sources["a.ts"])
	})
}

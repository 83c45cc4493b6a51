package mutate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/mutate"
)

// python runs the script on this machine: the sources of these tests are ours.
func python(t testing.TB) mutate.Run {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip(err)
	}
	return func(ctx context.Context, args []string, stdin []byte) ([]byte, error) {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Stdin = bytes.NewReader(stdin)
		var errors strings.Builder
		cmd.Stderr = &errors
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("%w: %s", err, errors.String())
		}
		return out, nil
	}
}

// pythonCases show each operator on a few lines: every result that it has
// there, and of a repair some.
var pythonCases = []struct {
	operator, before string
	after            []string
}{
	{"eq-flip", "x = a == b is not c\n", []string{"x = a != b is not c\n", "x = a == b is c\n"}},
	{"rel-boundary", "x = (a) < (b)  # a < b\n", []string{"x = (a) <= (b)  # a < b\n"}},
	{"rel-change", "x = a >= b\n", []string{"x = a <= b\n", "x = a < b\n"}},
	{"chain-break", "x = a < b < c\n", []string{"x = a < b\n", "x = b < c\n"}},
	{"logic-change", "x = a and b and c\n", []string{"x = a or b or c\n"}},
	{"logic-drop", "x = a or (b) or c\n", []string{"x = (b) or c\n", "x = a or c\n", "x = a or (b)\n"}},
	{"arith-change", "x = a + b\nx //= 2\n", []string{"x = a - b\nx //= 2\n", "x = a + b\nx *= 2\n", "x = a + b\nx /= 2\n"}},
	{"bit-change", "x = a << b\n", []string{"x = a >> b\n"}},
	{"accumulate-drop", "x += a\n", []string{"x = a\n"}},
	{"operand-swap", "x = (a) - b * c\ny = a < b\n", []string{"x = (b * c) - a\ny = a < b\n", "x = (a) - b * c\ny = b < a\n"}},
	{"unary-drop", "x = not a\ny = -(b)\n", []string{"x = a\ny = -(b)\n", "x = not a\ny = b\n"}},
	{"const-change", "x = 7\n", []string{"x = 8\n", "x = 6\n", "x = 0\n"}},
	{"bool-flip", "x = True\n", []string{"x = False\n"}},
	{"string-typo", "def f():\n    'doc'\n    return 'abc'\n", []string{"def f():\n    'doc'\n    return 'ab'\n", "def f():\n    'doc'\n    return 'bac'\n"}},
	{"if-negate", "if a:\n    f()\nx = 1 if a == b else 2\n", []string{"if not a:\n    f()\nx = 1 if a == b else 2\n", "if a:\n    f()\nx = 1 if not (a == b) else 2\n"}},
	{"if-true", "if a:\n    f()\n", []string{"if True:\n    f()\n"}},
	{"if-false", "while a:\n    f()\n", []string{"while False:\n    f()\n"}},
	{"ternary-swap", "x = 1 if a else 2\n", []string{"x = 2 if a else 1\n"}},
	{"filter-drop", "x = [a for a in b if c if d]\n", []string{"x = [a for a in b if True if d]\n", "x = [a for a in b if c if True]\n"}},
	{"stmt-remove", "f()\ndel a  # why\nx = 1\n", []string{"del a  # why\nx = 1\n", "f()\nx = 1\n"}},
	{"assign-remove", "if a:\n    x = 1\n", []string{"if a:\n    pass\n"}},
	{"if-remove", "if a:\n    f()\nelse:\n    g()\nh()\n", []string{"h()\n"}},
	{"loop-remove", "for a in b:\n    f()\nh()\n", []string{"h()\n"}},
	{"raise-remove", "def f():\n    if a: raise b\n", []string{"def f():\n    if a: pass\n"}},
	{"assert-remove", "assert a\nh()\n", []string{"h()\n"}},
	{"return-remove", "def f():\n    g()\n    return a\n", []string{"def f():\n    g()\n"}},
	{"with-unwrap", "with a:\n    f()\n", []string{"if True:\n    f()\n"}},
	{"else-remove", "if a:\n    f()\nelse:\n    g()\nfor a in b:\n    f()\nelse:\n    g()\ntry:\n    f()\nexcept E:\n    g()\nfinally:\n    h()\n", []string{"if a:\n    f()\nfor a in b:\n    f()\nelse:\n    g()\ntry:\n    f()\nexcept E:\n    g()\nfinally:\n    h()\n", "if a:\n    f()\nelse:\n    g()\nfor a in b:\n    f()\ntry:\n    f()\nexcept E:\n    g()\nfinally:\n    h()\n", "if a:\n    f()\nelse:\n    g()\nfor a in b:\n    f()\nelse:\n    g()\ntry:\n    f()\nexcept E:\n    g()\n"}},
	{"elif-remove", "if a:\n    f()\nelif b:\n    g()\nelse:\n    h()\n", []string{"if a:\n    f()\nelse:\n    h()\n"}},
	{"except-remove", "try:\n    f()\nexcept A:\n    g()\nexcept B:\n    h()\n", []string{"try:\n    f()\nexcept B:\n    h()\n", "try:\n    f()\nexcept A:\n    g()\n"}},
	{"except-pass", "try:\n    f()\nexcept A:\n    g()\n    h()\n", []string{"try:\n    f()\nexcept A:\n    pass\n"}},
	{"except-narrow", "try:\n    f()\nexcept (A, B):\n    g()\n", []string{"try:\n    f()\nexcept (B):\n    g()\n", "try:\n    f()\nexcept (A):\n    g()\n"}},
	{"case-remove", "match a:\n    case 1:\n        f()\n    case _:\n        g()\n", []string{"match a:\n    case _:\n        g()\n", "match a:\n    case 1:\n        f()\n"}},
	{"break-continue", "for a in b:\n    break\n", []string{"for a in b:\n    continue\n"}},
	{"decorator-remove", "@a\n@b(1)\ndef f(): pass\n", []string{"@b(1)\ndef f(): pass\n", "@a\ndef f(): pass\n"}},
	{"slice-bound", "x = a[1:n]\n", []string{"x = a[:n]\n", "x = a[1:]\n", "x = a[1:n + 1]\n", "x = a[1:n - 1]\n"}},
	{"arg-swap", "f(a, b)\n", []string{"f(b, a)\n"}},
	{"arg-drop", "f(a, b)\n", []string{"f(b)\n", "f(a)\n"}},
	{"keyword-drop", "f(a, b=1, c=2)\n", []string{"f(a, c=2)\n", "f(a, b=1)\n"}},
	{"call-unwrap", "x = sorted(a)\n", []string{"x = a\n"}},
	{"method-drop", "x = a.strip()\n", []string{"x = a\n"}},
	{"call-change", "x = min(a)\n", []string{"x = max(a)\n"}},
	{"element-drop", "x = [a, b]\n", []string{"x = [b]\n", "x = [a]\n"}},
	{"return-none", "def f():\n    return a\n", []string{"def f():\n    return None\n"}},
	{"return-zero", "def f():\n    return [a]\n", []string{"def f():\n    return []\n"}},
	{"default-change", "def f(a=None, b=2): pass\n", []string{"def f(a=0, b=2): pass\n", "def f(a=None, b=None): pass\n"}},
	{"stmt-swap", "x = 1\ny = 2\n", []string{"y = 2\nx = 1\n"}},
	{"variable-swap", "def f(a, b):\n    return a\n", []string{"def f(a, b):\n    return b\n"}},
	{"type-check", "x = isinstance(a, b)\n", []string{"x = True\n", "x = False\n"}},
	{"body-remove", "def f():\n    'doc'\n    g()\n    return 1\n", []string{"def f():\n    'doc'\n    raise NotImplementedError\n", "def f():\n    'doc'\n    return None\n"}},
	{"offset-add", "def f(a, n):\n    return a[n:]\n", []string{"def f(a, n):\n    return a[n + 1:]\n", "def f(a, n):\n    return a[n - 1:]\n"}},
	{"not-add", "def f(a, n):\n    return a\n", []string{"def f(a, n):\n    return not a\n"}},
	{"minus-add", "def f(a):\n    return a\n", []string{"def f(a):\n    return -a\n"}},
	{"slice-add", "def f(a):\n    x = a[:]\n", []string{"def f(a):\n    x = a[1:]\n", "def f(a):\n    x = a[:-1]\n", "def f(a):\n    x = a[::-1]\n"}},
	{"test-replace", "def f(a):\n    if a: pass\n    while not a: pass\n", []string{"def f(a):\n    if a: pass\n    while a: pass\n"}},
	{"test-add", "def f(a):\n    if a: pass\n    while not a: pass\n", []string{"def f(a):\n    if a and (not a): pass\n    while not a: pass\n", "def f(a):\n    if a or (not a): pass\n    while not a: pass\n", "def f(a):\n    if a: pass\n    while not a and (a): pass\n"}},
	{"name-replace", "def f(a, b):\n    g(a)\n", []string{"def f(a, b):\n    a(a)\n", "def f(a, b):\n    b(a)\n", "def f(a, b):\n    g(b)\n"}},
	{"attr-replace", "def f(a):\n    a.x = a.y\n", []string{"def f(a):\n    a.y = a.y\n", "def f(a):\n    a.x = a.x\n"}},
	{"const-replace", "def f(a):\n    g(1, 7)\n", []string{"def f(a):\n    g(7, 7)\n", "def f(a):\n    g(1, 1)\n"}},
	{"expr-replace", "def f(a, b):\n    return g(a)\n", []string{"def f(a, b):\n    return a\n", "def f(a, b):\n    return b\n", "def f(a, b):\n    return a(a)\n"}},
	{"call-wrap", "def f(a):\n    g(a)\n    return a\n", []string{"def f(a):\n    g(g(a))\n    return a\n", "def f(a):\n    g(a)\n    return g(a)\n"}},
	{"method-add", "def f(a, b):\n    a.x()\n    return g(b)\n", []string{"def f(a, b):\n    a.x()\n    return g(b).x()\n", "def f(a, b):\n    a.x()\n    return g(b.x())\n"}},
	{"arg-add", "def f(a):\n    g(x=1)\n    g()\n", []string{"def f(a):\n    g(x=1)\n    g(x=1)\n", "def f(a):\n    g(x=1)\n    g(a)\n"}},
	{"accumulate-add", "def f(a):\n    a = 1\n", []string{"def f(a):\n    a += 1\n", "def f(a):\n    a -= 1\n"}},
	{"guard-wrap", "def f(a):\n    a = 1\n    if not a: pass\n", []string{"def f(a):\n    if not a: a = 1\n    if not a: pass\n"}},
	{"stmt-insert", "def f(a):\n    g()\n    raise a\n", []string{"def f(a):\n    a()\n    g()\n    raise a\n", "def f(a):\n    raise a\n    g()\n    raise a\n", "def f(a):\n    g()\n    a()\n    raise a\n"}},
	{"decorator-add", "def f(a):\n    pass\n", []string{"@property\ndef f(a):\n    pass\n", "@staticmethod\ndef f(a):\n    pass\n", "@classmethod\ndef f(a):\n    pass\n"}},
	{"body-replace", "def f(a):\n    pass\n\ndef g(b):\n    h(b)\n    return b\n", []string{"def f(a):\n    return a\n\ndef g(b):\n    h(b)\n    return b\n", "def f(a):\n    h(a)\n    return a\n\ndef g(b):\n    h(b)\n    return b\n"}},
}

// The cases are the files of one tree.
func TestPythonOperators(t *testing.T) {
	p := mutate.Python{Run: python(t), Sources: map[string][]byte{}}
	for i, c := range pythonCases {
		p.Sources[fmt.Sprintf("case%02d.py", i)] = []byte(c.before)
	}
	found, err := p.Edits(t.Context(), nil)
	require.NoError(t, err)
	functions, err := p.Functions(t.Context())
	require.NoError(t, err)
	repairs, err := p.Repairs(t.Context(), functions, 0)
	require.NoError(t, err)
	found = append(found, repairs...)
	shown, repair := map[string]bool{"function-remove": true}, map[string]bool{} // one has a test of its own
	for _, op := range mutate.PythonOperators() {
		repair[op.Name] = op.Repair
	}
	for i, c := range pythonCases {
		shown[c.operator] = true
		t.Run(c.operator, func(t *testing.T) {
			if c.operator == "case-remove" {
				needMatch(t)
			}
			file := fmt.Sprintf("case%02d.py", i)
			var after []string
			for _, e := range found {
				if e.Operator == c.operator && e.File == file {
					if text := applied(t, p.Sources, e)[file]; !slices.Contains(after, text) {
						after = append(after, text)
					}
				}
			}
			if !repair[c.operator] {
				require.Equal(t, c.after, after)
			}
			require.Subset(t, after, c.after)
		})
	}
	for name := range repair {
		require.True(t, shown[name], "%s is not shown", name)
	}
}

// asked returns what an operator does with sources.
func asked(t *testing.T, p mutate.Python, operator string) []mutate.Edit {
	t.Helper()
	edits, err := p.Edits(t.Context(), nil)
	require.NoError(t, err)
	return slices.DeleteFunc(edits, func(e mutate.Edit) bool { return e.Operator != operator })
}

func needMatch(t *testing.T) {
	t.Helper()
	if err := exec.Command("python3", "-c", "import sys; sys.exit(sys.version_info < (3, 10))").Run(); err != nil {
		t.Skip("this Python has no match statement")
	}
}

// applied returns the files that an edit changes, after it was undone again.
func applied(t *testing.T, sources map[string][]byte, e mutate.Edit) map[string]string {
	t.Helper()
	after, err := mutate.Apply(readerOf(sources), e)
	require.NoError(t, err)
	before, err := mutate.Undo(readerOf(after), e)
	require.NoError(t, err)
	text := map[string]string{}
	for name, data := range after {
		require.Equal(t, string(sources[name]), string(before[name]), "undone")
		text[name] = string(data)
	}
	return text
}

func readerOf(files map[string][]byte) mutate.Reader {
	return func(name string) ([]byte, error) { return files[name], nil }
}

func TestPythonFunctionRemove(t *testing.T) {
	sources := map[string][]byte{
		"p/m.py": []byte("__all__ = ['f', 'g']\n\ndef f(a):\n    return 1\n\n\ndef g(a):\n    f(a)\n    return f(f(a))\n"),
		"p/n.py": []byte("from .m import f, g\nfrom .m import (\n    g,\n    f,\n)\nx = [f]\n"),
	}
	found := asked(t, mutate.Python{Run: python(t), Sources: sources}, "function-remove")
	require.Equal(t, map[string]string{
		"p/m.py": "__all__ = ['g']\n\ndef g(a):\n    return None\n",
		"p/n.py": "from .m import g\nfrom .m import (\n    g,\n)\nx = [None]\n",
	}, applied(t, sources, found[0]))
}

// Offsets are of bytes, whatever stands before a place: a byte order mark, line
// ends of DOS, tabs, form feeds, letters of several bytes, f-strings.
func TestPythonOffsets(t *testing.T) {
	for _, before := range []string{
		"\ufeffx = a == b\n",
		"s = 'é€😀'; x = a == b\n",
		"if a:\r\n\ts = '''\r\né'''; x = a == b\r\n",
		"y = 1\n\f\nx = (a # ==\n  == b)\n",
		"s = f'{a == b}'; x = a == b\n",
		"# coding: utf-8\nx = a == \\\n b",
	} {
		sources := map[string][]byte{"a.py": []byte(before)}
		found := asked(t, mutate.Python{Run: python(t), Sources: sources}, "eq-flip")
		require.Len(t, found, 1, "%q", before)
		at := strings.LastIndex(before, "==")
		require.Equal(t, before[:at]+"!="+before[at+2:], applied(t, sources, found[0])["a.py"])
	}
}

// Files that are not UTF-8 or not Python are left alone.
func TestPythonLeavesWhatItCannotRead(t *testing.T) {
	sources := map[string][]byte{
		"a.py": []byte("x = a == b\n"), "broken.py": []byte("def"), "latin.py": []byte("# coding: latin-1\nx = '\xe9' == b\n"),
		"null.py": []byte("x = 1\x00"), "loose.py": []byte("break\nx = a == b\n"), "deep.py": bytes.Repeat([]byte("("), 5000), "other.py": []byte("# coding: utf-7\nx = 1\n"),
	}
	edits, err := mutate.Python{Run: python(t), Sources: sources}.Edits(t.Context(), nil)
	require.NoError(t, err)
	require.NotEmpty(t, edits)
	for _, e := range edits {
		require.Equal(t, "a.py", e.File)
	}
}

// Edits and repairs of a file of the standard library give files that
// compile, and can be undone.
func TestPythonCompiles(t *testing.T) {
	run := python(t)
	path, err := exec.Command("python3", "-c", "import textwrap; print(textwrap.__file__)").Output()
	require.NoError(t, err)
	text, err := os.ReadFile(strings.TrimSpace(string(path)))
	require.NoError(t, err)
	p := mutate.Python{Run: run, Sources: map[string][]byte{"a.py": text}}
	edits, err := p.Edits(t.Context(), nil)
	require.NoError(t, err)
	functions, err := p.Functions(t.Context())
	require.NoError(t, err)
	repairs, err := p.Repairs(t.Context(), functions, 200)
	require.NoError(t, err)
	var results []string
	for i, e := range slices.Concat(edits, repairs) {
		if i%5 != 0 {
			continue // one in five is telling enough
		}
		results = append(results, applied(t, p.Sources, e)["a.py"])
	}
	t.Logf("%d edits, %d repairs", len(edits), len(repairs))
	data, err := json.Marshal(results)
	require.NoError(t, err)
	_, err = run(t.Context(), []string{"python3", "-W", "ignore", "-c", "import json, sys\nfor text in json.load(sys.stdin): compile(text, 'a.py', 'exec')"}, data)
	require.NoError(t, err)
}

// What a script says is not believed.
// A table of thousands of lines has a share of its edits, and what stands below it
// has all of them. Without the limit this takes minutes.
func TestPythonTables(t *testing.T) {
	const below = "\n\ndef f(a):\n    return a > 3\n"
	var table strings.Builder
	table.WriteString("T = [\n")
	for i := range 4000 {
		fmt.Fprintf(&table, "    ('name%d', %d, [%d, 'x']),\n", i, i, i+1)
	}
	table.WriteString("]\n")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // what a sandbox gives it
	defer cancel()
	count := func(source string) (inTable, inFunction int) {
		edits, err := mutate.Python{Run: python(t), Sources: map[string][]byte{"a.py": []byte(source)}}.Edits(ctx, nil)
		require.NoError(t, err)
		for _, e := range edits {
			if e.Func == "f" {
				inFunction++
			} else {
				inTable++
			}
		}
		return inTable, inFunction
	}
	_, want := count("T = []\n" + below)
	some, got := count(table.String() + below)
	require.Equal(t, want, got)
	require.NotZero(t, some)
}

func TestPythonChecksTheAnswer(t *testing.T) {
	sources := map[string][]byte{"a.py": []byte("x = 1\n")}
	for _, c := range []struct{ answer, complaint string }{
		{`{"edits": [{"operator": "x", "file": "b.py", "line": 1, "changes": [{}]}]}`, "no such file"},
		{`{"edits": [{"operator": "x", "file": "a.py", "line": 1, "changes": []}]}`, "changes nothing"},
		{`{"edits": [{"operator": "x", "file": "a.py", "line": 0, "changes": [{}]}]}`, "no such line"},
		{`{"edits": [{"operator": "../x", "file": "a.py", "line": 1, "changes": [{}]}]}`, "not a name"},
		{`{"edits": [{"operator": "x", "file": "a.py", "line": 1, "changes": [{"file": "a.py", "start": 5, "before": "1"}]}]}`, "does not stand"},
		{`{"edits": [{"operator": "x", "file": "a.py", "line": 1, "changes": [{"file": "a.py", "start": -1, "before": "1"}]}]}`, "does not stand"},
		{`{"edits": [{"operator": "x", "file": "a.py", "line": 1, "changes": [{"file": "/etc/passwd", "start": 0}]}]}`, "does not stand"},
		{`{"edits": [{"operator": "x", "file": "a.py", "line": 1, "changes": [{"file": "a.py", "start": 0, "after": "\u0000"}]}]}`, "not UTF-8"},
		{`{"functions": [{"file": "b.py", "first": 1, "last": 2}]}`, "no place"},
		{`no JSON`, "answer"},
	} {
		p := mutate.Python{Sources: sources, Run: func(context.Context, []string, []byte) ([]byte, error) { return []byte(c.answer), nil }}
		_, err := p.Edits(t.Context(), nil)
		require.ErrorContains(t, err, c.complaint, c.answer)
	}
}

package selfplay

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
)

const source = `package p

func first(n int) int {
	if n > 1 {
		return n
	}
	return 0
}

func second(n int) int {
	if n > 1 {
		return n
	}
	return 0
}
`

// likenessOf is the likeness of a change to one file, without its tests.
func likenessOf(t *testing.T, from, to string) *likeness {
	t.Helper()
	before, err := repo.NewTree(map[string]repo.File{"p.go": {Mode: repo.Regular, Data: []byte(from)}})
	require.NoError(t, err)
	after, err := before.With(map[string]*repo.File{"p.go": {Mode: repo.Regular, Data: []byte(to)}})
	require.NoError(t, err)
	diff, err := repo.Diff(before, after)
	require.NoError(t, err)
	patch, err := bug.ParsePatch(diff)
	require.NoError(t, err)
	l := &likeness{Tree: after.Key(), Lines: map[string]int{}}
	for _, entry := range patch.Entries {
		l.read(entry, []byte(from))
	}
	return l
}

// replaceAt replaces text from its nth place on, counted from 0, once.
func replaceAt(text, old, by string, n int) string {
	at := 0
	for i := range len(text) - len(old) + 1 {
		if text[i:i+len(old)] == old {
			if at == n {
				return text[:i] + by + text[i+len(old):]
			}
			at++
		}
	}
	return text
}

// A changed line is known by its file, its function, its sign and its words.
func TestLikenessOfLines(t *testing.T) {
	l := likenessOf(t, source, replaceAt(source, "n > 1", "n >= 1", 1))
	require.Equal(t, map[string]int{
		"p.go:func second(n int) int { -if n > 1 {":  1,
		"p.go:func second(n int) int { +if n >= 1 {": 1,
	}, l.Lines)
	require.Equal(t, []string{"p.go:func second(n int) int {", "p.go:func second(n int) int {"}, l.Funcs)
}

// White space makes no difference, and places do.
func TestSimilarity(t *testing.T) {
	one := likenessOf(t, source, replaceAt(source, "n > 1", "n >= 1", 0))
	spaced := likenessOf(t, source, replaceAt(source, "n > 1", "n  >=  1", 0))
	other := likenessOf(t, source, replaceAt(source, "n > 1", "n >= 1", 1))
	both := likenessOf(t, source, replaceAt(replaceAt(source, "n > 1", "n >= 1", 1), "n > 1", "n >= 1", 0))
	require.Equal(t, 1.0, one.similarity(spaced))
	require.Equal(t, 0.0, one.similarity(other))
	require.Equal(t, 0.5, one.similarity(both))
	require.Equal(t, 0.5, both.similarity(one))
}

// Near-duplicates are told by the tree, then by the changes, then by what fails
// where.
func TestDuplicate(t *testing.T) {
	like := func(tree string, funcs, tests []string, lines ...string) *likeness {
		l := &likeness{Tree: tree, Funcs: funcs, Tests: tests, Lines: map[string]int{}}
		for _, line := range lines {
			l.Lines[line]++
		}
		return l
	}
	f, g, one, two := []string{"f"}, []string{"f", "g"}, []string{"1"}, []string{"1", "2"}
	for name, c := range map[string]struct {
		by            string
		similar       float64
		late, earlier *likeness
	}{
		"same tree":                     {"tree", 0.9, like("x", f, one, "a"), like("x", g, two, "b")},
		"same tree, whatever similar":   {"tree", 2, like("x", f, one, "a"), like("x", g, two, "b")},
		"same lines":                    {"diff", 0.9, like("x", f, one, "a", "b"), like("y", f, two, "b", "a")},
		"half the lines":                {"diff", 0.5, like("x", f, one, "a", "b"), like("y", f, two, "a")},
		"less than similar":             {"", 0.6, like("x", f, one, "a", "b"), like("y", f, two, "a")},
		"a line twice":                  {"", 0.6, like("x", f, one, "a", "a"), like("y", f, two, "a")},
		"same tests, same function":     {"tests", 0.9, like("x", f, one, "a"), like("y", f, one, "b")},
		"same tests, other functions":   {"", 0.9, like("x", f, one, "a"), like("y", g, one, "b")},
		"other tests, same function":    {"", 0.9, like("x", f, one, "a"), like("y", f, two, "b")},
		"only equal bugs are too alike": {"", 1.1, like("x", f, one, "a"), like("y", f, one, "a")},
	} {
		require.Equal(t, c.by, c.late.duplicate(c.earlier, c.similar), name)
	}
}

// What opens a function is told without knowing the language.
func TestOpenings(t *testing.T) {
	text := "import os\n\nclass A(B):\n    x = 1\n\n    async  def f(self):\n        return 1\n\n    y = 2\nexport function g() {\n  h()\n}\n"
	open := openings([]byte(text))
	for lines, want := range map[int]string{
		0: "", 1: "import os", 3: "class A(B):", 5: "class A(B):", 6: "async def f(self):", 9: "async def f(self):", 11: "export function g() {",
	} {
		require.Equal(t, want, open[lines], "after %d lines", lines)
	}
}

// Whatever a diff holds, reading it ends without a panic.
func FuzzLikeness(f *testing.F) {
	f.Add([]byte(source), []byte("@@ -3,2 +3,2 @@\n-if\n+else\n"))
	f.Add([]byte(""), []byte("\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n"))
	f.Add([]byte("a\nb"), []byte("\n@@ -99999999999999999999 @@\n-x\n@@\n+\n"))
	f.Fuzz(func(t *testing.T, original, raw []byte) {
		l := &likeness{Lines: map[string]int{}}
		l.read(&bug.Entry{Kind: bug.Modified, Old: "a", New: "a", Raw: raw}, original)
	})
}

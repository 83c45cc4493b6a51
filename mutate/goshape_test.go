package mutate_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/mutate"
)

// goShapes are legal files that no formatter leaves, or that few people write.
var goShapes = map[string]string{
	"lines of DOS":       strings.ReplaceAll("package p\n\nimport \"fmt\"\n\n// F counts.\nfunc F(a, b int) int {\n\ts := `a\nb`\n\n\tfmt.Print(s)\n\n\tfor i := range b {\n\t\tif i > a {\n\t\t\tbreak\n\t\t}\n\t}\n\treturn a\n}\n\nfunc G() int { return F(1, 2) }\n", "\n", "\r\n"),
	"a byte order mark":  "\ufeffpackage p\n\nimport \"os\"\n\nfunc F(a, b int) bool {\n\tif a < b { os.Exit(1) }; return a == b\n}\n\nfunc G() { F(1, 2) }",
	"one line":           "package p; import \"os\"; func F(a int) (x int) { x = a; if x > 1 { os.Exit(x) }; return };func G() int { y := F(2); return y };var V = G()\n",
	"a dot import":       "package p\n\nimport . \"strconv\"\n\nfunc F(s string) (int, error) { return Atoi(s) }\n\nfunc G() int {\n\tn, _ := F(\"1\")\n\treturn n\n}\n",
	"two names":          "package p\n\nimport (\n\tone \"time\"\n\ttwo \"time\"\n)\n\nfunc F(a one.Time) two.Time {\n\treturn a.Add(1)\n}\n\nfunc G() one.Month { return F(two.Now()).Month() }\n",
	"line directives":    "package p\n\n//line /etc/passwd:1\nfunc F(a int) int {\n//line :99\n/* x */ a++ /* y */\n\tif a > 1 /* in */ { /* body */ a = 2 /* end */ }\n\treturn /* ret */ a }\n",
	"labels":             "package p\n\nfunc F(n int, xs []int) (out int) {\nouter:\n\tfor i := range n {\n\t\tfor _, x := range xs {\n\t\t\tif x > i {\n\t\t\t\tcontinue outer\n\t\t\t}\n\t\t\tbreak outer\n\t\t}\n\t}\n\tif n == 2 {\n\t\tgoto end\n\t}\n\tout++\nend:\n\treturn\n}\n",
	"iota":               "package p\n\ntype K uint8\n\nconst (\n\tA K = iota\n\tB\n\t_\n\tC = B + 1\n)\n\nvar names = [...]string{A: \"a\", B: \"b\"}\n\nfunc (k K) String() string {\n\tswitch k {\n\tcase A, C:\n\t\treturn \"x\"\n\tcase B:\n\t\treturn names[B]\n\t}\n\treturn names[k]\n}\n",
	"hidden builtins":    "package p\n\nfunc F(len, string int) int {\n\tnil, true := 3, 4\n\tappend := func(a, b int) int { return a + b }\n\tif len > nil {\n\t\treturn append(len, true)\n\t}\n\tint := string\n\treturn int\n}\n",
	"methods as values":  "package p\n\nimport \"io\"\n\ntype B struct{ n, m int }\n\nfunc (b *B) N() int { return b.n }\n\nfunc (b B) M() int { return b.m }\n\ntype D struct {\n\t*B\n\tio.Reader\n}\n\nfunc F(d D) int {\n\tf, g := d.N, (*B).N\n\tif d.B == nil {\n\t\treturn B.M(*d.B)\n\t}\n\treturn f() + g(d.B)\n}\n",
	"type parameters":    "package p\n\ntype L[T any] struct {\n\tnext *L[T]\n\tv    T\n}\n\nfunc (l *L[T]) All(yield func(int, T) bool) {\n\tfor i := 0; l != nil; l = l.next {\n\t\tif !yield(i, l.v) {\n\t\t\treturn\n\t\t}\n\t\ti++\n\t}\n}\n\nfunc (l *L[_]) Len() (n int) {\n\tfor range l.All {\n\t\tn++\n\t}\n\treturn n\n}\n\nfunc Map[T, U any](l *L[T], f func(T) U) (out []U) {\n\tfor _, v := range l.All {\n\t\tout = append(out, f(v))\n\t}\n\treturn out\n}\n",
	"deep, but no trap":  "package p\n\nfunc F(a int) int {\n\treturn " + strings.Repeat("(a+", 100) + "1" + strings.Repeat(")", 100) + "\n}\n",
	"embedded file":      "package p\n\nimport _ \"embed\"\n\n// Source is this file.\n//\n//go:embed a.go\nvar Source string\n\nfunc F(a int) bool { return len(Source) > a }\n",
	"comments all round": "package p\n\nimport \"fmt\"\n\n//go:noinline\nfunc F(a, b int) (c int) {\n\t// leading\n\ta++ // trailing\n\tif a < b { // after\n\t\t// only a comment\n\t} else /* odd */ { // else\n\t\tc = 1 /* tail */\n\t} // end\n\tswitch a { // switch\n\t// in it\n\tcase 1: // one\n\t\t// in case\n\t\tc = 2\n\t// before\n\tcase 2,\n\t\t// inside\n\t\t3:\n\t\tfmt.Println(\n\t\t\ta, // argument\n\t\t\tb,\n\t\t)\n\t}\n\treturn a + // plus\n\t\tb // last\n}\n",
}

// mostTried is how many repairs of a function are looked at.
const mostTried = 40

// TestGoShapes holds every edit of odd files, and some repairs, against what an
// edit promises; the result is type-checked from nothing, without what the package
// knows.
func TestGoShapes(t *testing.T) {
	for name, src := range goShapes {
		t.Run(name, func(t *testing.T) {
			sources := files{"go.mod": small["go.mod"], "a.go": src}
			require.NoError(t, typeChecks(src))
			m, tried := load(t, sources), 0
			try := func(e mutate.Edit) {
				tried++
				promises(t, m, sources, e, false)
				changed, err := mutate.Apply(sources.read, e)
				require.NoError(t, err)
				require.NoError(t, typeChecks(string(changed["a.go"])), "%+v", e)
				require.Equal(t, lineEnds(src), lineEnds(string(changed["a.go"])), "%+v", e)
			}
			for e := range m.Edits(".") {
				try(e)
			}
			require.NotZero(t, tried)
			for _, f := range m.Functions(".") {
				n := 0
				for e := range m.Repairs(".", f) {
					if n++; n > mostTried {
						break
					}
					try(e)
				}
			}
		})
	}
}

// typeChecks says what the type checker has against a package of one file. A
// cycle of initialization is not counted: the package says that it does not see it.
func typeChecks(src string) error {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "a.go", src, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	_, err = (&types.Config{Importer: std}).Check("example.com/p", fset, []*ast.File{file}, nil)
	if err != nil && strings.Contains(err.Error(), "initialization cycle") {
		return nil
	}
	return err
}

// lineEnds names the kinds of line ends in a text.
func lineEnds(text string) []string {
	kinds := map[string]bool{}
	for line := range strings.Lines(text) {
		kinds[fmt.Sprintf("%q", line[len(strings.TrimRight(line, "\r\n")):])] = true
	}
	delete(kinds, `""`)
	return slices.Sorted(maps.Keys(kinds))
}

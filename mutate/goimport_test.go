package mutate_test

import (
	"go/format"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/mutate"
)

// Imports that go leave a file as gofmt does: comments beside those that stay move
// up to them, and nothing is left of a declaration of which all go.
func TestImportsThatGo(t *testing.T) {
	const body = "\nfunc F(s string) string {\n\treturn fmt.Sprint(strings.ToUpper(s))\n}\n\nfunc G(s string) string {\n\treturn F(s)\n}\n"
	for name, c := range map[string]struct{ imports, left string }{
		"beside comments": {"\nimport (\n\t\"errors\"  // short\n\t\"fmt\"     // prints\n\t\"strings\" // long\n)\n\nvar Err = errors.New(\"x\")\n", "\nimport (\n\t\"errors\" // short\n)\n\nvar Err = errors.New(\"x\")\n"},
		"all of them":     {"\nimport (\n\t\"fmt\"\n\t\"strings\"\n)\n", ""},
		"two groups":      {"\nimport (\n\t\"errors\"\n\n\t\"fmt\"\n\t\"strings\"\n)\n\nvar Err = errors.New(\"x\")\n", "\nimport (\n\t\"errors\"\n)\n\nvar Err = errors.New(\"x\")\n"},
	} {
		t.Run(name, func(t *testing.T) {
			sources := files{"go.mod": small["go.mod"], "a.go": "package p\n" + c.imports + body}
			require.True(t, formatted(t, sources["a.go"]))
			m, tried := load(t, sources), 0
			for e := range m.Edits(".") {
				if e.Operator != "body-remove" || e.Func != "F" {
					continue
				}
				tried++
				promises(t, m, sources, e, true)
				changed, err := mutate.Apply(sources.read, e)
				require.NoError(t, err)
				require.Equal(t, "package p\n"+c.left+strings.Replace(body, "fmt.Sprint(strings.ToUpper(s))", `""`, 1), string(changed["a.go"]))
			}
			require.Equal(t, 1, tried)
		})
	}
}

// Functions of one line, and comments, that stand below each other are aligned
// before an edit, and after it.
func TestNeighboursStayAligned(t *testing.T) {
	sources := files{"go.mod": small["go.mod"], "a.go": `package p

type list []int

func (l list) Len() int           { return len(l) } // how many
func (l list) Less(i, j int) bool { return l[i] < l[j] }
func (l list) Swap(i, j int)      { l[i], l[j] = l[j], l[i] } // both

const nine = 9 // nine
const two = 2  // two

var F = list{}.Len()
`}
	require.True(t, formatted(t, sources["a.go"]))
	m, tried := load(t, sources), map[string]bool{}
	for e := range m.Edits(".") {
		tried[e.Operator] = true
		promises(t, m, sources, e, true)
		if e.Operator == "rel-boundary" {
			require.Equal(t, []mutate.Change{{File: "a.go", Start: strings.Index(sources["a.go"], " l[j] }"), After: "="}}, e.Changes, "what is aligned already is left alone")
		}
	}
	for _, operator := range []string{"rel-boundary", "body-remove", "const-change", "assign-remove"} {
		require.Contains(t, tried, operator)
	}
}

func formatted(t *testing.T, src string) bool {
	t.Helper()
	out, err := format.Source([]byte(src))
	require.NoError(t, err)
	return string(out) == src
}

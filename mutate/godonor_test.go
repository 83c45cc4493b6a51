package mutate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/mutate"
)

// What is missing in one package may stand in another of the module, by other local
// names. It comes as far as this file imports what it names.
func TestDonorsOfOtherPackages(t *testing.T) {
	sources := files{
		"go.mod":         small["go.mod"],
		"a.go":           "package p\n\nimport \"strings\"\n\nfunc Trim(word string) string {\n\treturn word\n}\n\nvar V = strings.ToUpper(Trim(\"v\"))\n",
		"low/low.go":     "package low\n\nimport (\n\t\"path\"\n\t\"strings\"\n)\n\nfunc Clean(name string) string {\n\tname = path.Clean(name)\n\tname = mine(name)\n\tname = strings.ToLower(name)\n\treturn strings.TrimSpace(name)\n}\n\nfunc mine(s string) string { return s }\n",
		"low/l_test.go":  "package low\n",
		"else/if/not.go": "package not\n\nfunc Not() {}\n",
	}
	m := load(t, sources)
	var after []string
	for e := range m.Repairs(".") {
		changed, err := mutate.Apply(sources.read, e)
		require.NoError(t, err)
		if e.Func == "Trim" {
			promises(t, m, sources, e, true)
			after = append(after, string(changed["a.go"]))
		}
	}
	all := strings.Join(after, "")
	require.Contains(t, all, "{\n\treturn strings.TrimSpace(word)\n}", "an expression")
	require.Contains(t, all, "\tword = strings.ToLower(word)\n\treturn word\n", "a statement")
	require.NotContains(t, all, "path.", "it is not imported here")
	require.NotContains(t, all, "mine", "it is the other package's own")
}

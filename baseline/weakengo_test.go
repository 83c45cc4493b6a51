package baseline

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const goTests = `package p

import (
	"strings"
	"testing"

	yaml "gopkg.in/yaml.v3"
)

func helper() string { return strings.ToUpper("x") }

// TestYAML needs an import of its own.
func TestYAML(t *testing.T) {
	if yaml.Unmarshal(nil, nil) != nil {
		t.Fatal()
	}
}

func TestTable(t *testing.T) {
	for _, test := range []struct{ name, in string }{
		{name: "first case", in: "1"},
		{"second", "2"}, // why
		{
			name: "third",
		},
	} {
		t.Run(test.name, func(t *testing.T) {})
	}
}

func TestCalled(t *testing.T) {}

func TestCaller(t *testing.T) { TestCalled(t) }
`

func TestWeakenGoTakesOutAFunctionAndItsImport(t *testing.T) {
	require.Equal(t, `package p

import (
	"strings"
	"testing"
)

func helper() string { return strings.ToUpper("x") }

func TestTable(t *testing.T) {
	for _, test := range []struct{ name, in string }{
		{name: "first case", in: "1"},
		{"second", "2"}, // why
		{
			name: "third",
		},
	} {
		t.Run(test.name, func(t *testing.T) {})
	}
}

func TestCalled(t *testing.T) {}

func TestCaller(t *testing.T) { TestCalled(t) }
`, string(weakenGo([]byte(goTests), []goTest{{name: "TestYAML"}})))
}

func TestWeakenGoTakesOutOnlyTheRowsThatFail(t *testing.T) {
	weak := string(weakenGo([]byte(goTests), []goTest{{name: "TestTable", cases: []string{"first_case", "third/x", "third/y"}, rows: true}}))
	require.Contains(t, weak, `struct{ name, in string }{
		{"second", "2"}, // why
	} {`)
	require.Contains(t, weak, "yaml")
}

func TestWeakenGoTakesOutTheTestWhenARowIsNotFound(t *testing.T) {
	for name, cases := range map[string][]string{
		"no such row":    {"fourth"},
		"no row is left": {"first_case", "second", "third"},
		"no cases":       nil,
	} {
		weak := string(weakenGo([]byte(goTests), []goTest{{name: "TestTable", cases: cases, rows: true}}))
		require.NotContains(t, weak, "TestTable", name)
	}
}

func TestWeakenGoLeavesWhatItCannotTakeOut(t *testing.T) {
	require.Nil(t, weakenGo([]byte(goTests), []goTest{{name: "TestCalled"}}), "another test calls it")
	require.Nil(t, weakenGo([]byte(goTests), []goTest{{name: "TestElsewhere"}}))
	require.Nil(t, weakenGo([]byte("package"), []goTest{{name: "TestYAML"}}))
}

func TestWeakenGoTakesOutAnOnlyImport(t *testing.T) {
	source := "package p\n\nimport \"testing\"\n\nvar x = 1\n\nfunc TestX(t *testing.T) {\n}\n"
	require.Equal(t, "package p\n\nvar x = 1\n", string(weakenGo([]byte(source), []goTest{{name: "TestX"}})))
}

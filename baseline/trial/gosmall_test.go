package trial_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/baseline/trial"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/repo"
)

// small is a module of three packages whose tests do what tests do: subtests,
// testdata, files that they leave behind, and more than one package.
var small = map[string]string{
	"go.mod": "module example.com/small\n\ngo 1.21\n",
	"calc/calc.go": `package calc

var table = [3]int{Double(0), Double(1), Double(2)}

func Double(x int) int { return x * 2 }

func Add(a, b int) int { return a + b }

func Loop(n int) (sum int) {
	for i := 0; i < n; i++ {
		sum += i
	}
	return sum
}

func Table(i int) int { return table[i] }
`,
	"calc/calc_test.go": `package calc

import "testing"

func TestAdd(t *testing.T) {
	for _, c := range []struct {
		name       string
		a, b, want int
	}{{"small", 1, 2, 3}, {"zero", 0, 0, 0}} {
		t.Run(c.name, func(t *testing.T) {
			if got := Add(c.a, c.b); got != c.want {
				t.Fatal(got)
			}
		})
	}
}

func TestDouble(t *testing.T) {
	if Double(4) != 8 {
		t.Fatal(Double(4))
	}
}

func TestLoop(t *testing.T) {
	if Loop(4) != 6 {
		t.Fatal("loop")
	}
}

func TestTable(t *testing.T) {
	if Table(2) != 4 {
		t.Fatal("table")
	}
}
`,
	"text/text.go": `package text

import (
	"os"
	"strings"

	"example.com/small/calc"
)

const suffix = "!"

func Shout(s string) string { return strings.ToUpper(s) + suffix }

func Twice(s string) string { return strings.Repeat(s, calc.Double(1)) }

func Data(name string) string {
	data, err := os.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(data)
}
`,
	"text/testdata/hello": "hello",
	"text/text_test.go": `package text_test

import (
	"os"
	"testing"

	"example.com/small/text"
)

func TestShout(t *testing.T) {
	if text.Shout("a") != "A!" {
		t.Fatal(text.Shout("a"))
	}
}

func TestTwice(t *testing.T) {
	if text.Twice("a") != "aa" {
		t.Fatal(text.Twice("a"))
	}
}

func TestData(t *testing.T) {
	if text.Data("testdata/hello") != "hello" {
		t.Fatal("data")
	}
	if _, err := os.Stat("left-behind"); err == nil {
		t.Fatal("another trial was here")
	}
	if err := os.WriteFile("left-behind", nil, 0o644); err != nil {
		t.Fatal(err)
	}
}
`,
	"other/calc/calc.go": "package calc\n\nfunc One() int { return 1 }\n",
	"other/calc/calc_test.go": `package calc

import "testing"

func TestOne(t *testing.T) {
	if One() != 1 {
		t.Fatal(One())
	}
}

func TestSkipped(t *testing.T) { t.Skip("not here") }
`,
}

// in makes an edit of a file of small.
func in(t *testing.T, file, before, after string) mutate.Edit {
	t.Helper()
	require.Equal(t, 1, strings.Count(small[file], before), before)
	return mutate.Edit{Operator: "test", File: file, Changes: []mutate.Change{
		{File: file, Start: strings.Index(small[file], before), Before: before, After: after}}}
}

func TestSmallModule(t *testing.T) {
	edits := []mutate.Edit{
		in(t, "calc/calc.go", "a + b", "a - b"),
		in(t, "calc/calc.go", "x * 2", "x * 3"),
		in(t, "calc/calc.go", "i < n", "true"),
		in(t, "text/text.go", "strings.ToUpper(s)", "s"),
		in(t, "text/text.go", `os.ReadFile(name)`, `os.ReadFile(name + "x")`),
		in(t, "text/text.go", `suffix = "!"`, `suffix = "?"`),
		in(t, "calc/calc.go", "a + b", "a + c"),
		in(t, "text/text.go", `strings.Repeat(s, calc.Double(1))`, `func() string { os.Exit(1); return s }()`),
		in(t, "calc/calc.go", "sum += i", "sum += 2 * i"),
	}
	bench, id := openSmall(t, edits)
	require.Equal(t, []int{5, 6}, bench.Left())
	require.Empty(t, bench.Without())
	all := id("calc", "TestAdd", "TestAdd/small", "TestAdd/zero", "TestDouble", "TestLoop", "TestTable")
	one, texts := id("other/calc", "TestOne"), id("text", "TestData", "TestShout", "TestTwice")
	const (
		add, double, loop, shout, panics, constant, broken, exits, sum = 0, 1, 2, 3, 4, 5, 6, 7, 8
	)
	cases := []struct {
		name   string
		try    trial.Try
		passed []string
		failed []string
		ended  bool
	}{
		{"nothing", trial.Try{}, join(all, one, texts), nil, true},
		{"subtests", trial.Try{Candidates: []int{add}, Tests: all}, without(all, "TestAdd", "TestAdd/small"), id("calc", "TestAdd", "TestAdd/small"), true},
		{"a variable's value, and another package", trial.Try{Candidates: []int{double}},
			join(id("calc", "TestAdd", "TestAdd/small", "TestAdd/zero", "TestLoop"), one, id("text", "TestData", "TestShout")),
			join(id("calc", "TestDouble", "TestTable"), id("text", "TestTwice")), true},
		{"a loop", trial.Try{Candidates: []int{loop}, Tests: id("calc", "TestLoop")}, nil, nil, false},
		{"two in two packages", trial.Try{Candidates: []int{shout, add}, Tests: join(id("calc", "TestAdd"), id("text", "TestShout"))}, nil,
			join(id("calc", "TestAdd"), id("text", "TestShout")), true},
		{"a panic takes the tests after it along", trial.Try{Candidates: []int{panics}, Tests: texts}, id("text", "TestShout", "TestTwice"), id("text", "TestData"), false},
		{"an exit is no end, whatever its status", trial.Try{Candidates: []int{exits}, Tests: texts}, id("text", "TestShout"), nil, false},
		{"only what is asked for", trial.Try{Candidates: []int{double}, Tests: id("calc", "TestAdd/zero")}, id("calc", "TestAdd/zero"), nil, true},
		{"the first failure is the last test", trial.Try{Candidates: []int{double}, Early: true}, id("calc", "TestAdd", "TestAdd/small", "TestAdd/zero"), id("calc", "TestDouble"), false},
		{"nothing fails, early", trial.Try{Candidates: []int{shout}, Tests: one, Early: true}, one, nil, true},
		{"a constant is built", trial.Try{Candidates: []int{constant}, Tests: texts}, id("text", "TestData", "TestTwice"), id("text", "TestShout"), true},
		{"what does not compile", trial.Try{Candidates: []int{broken}, Tests: all}, nil, nil, false},
		{"two of one function are built", trial.Try{Candidates: []int{sum, loop}, Tests: id("calc", "TestAdd")}, id("calc", "TestAdd"), nil, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, err := bench.Try(t.Context(), c.try)
			require.NoError(t, err)
			require.Equal(t, trial.Outcome{Passed: c.passed, Failed: c.failed, Ended: c.ended}, out)
		})
	}
	misuse(t, bench)
}

func misuse(t *testing.T, bench trial.Bench) {
	_, err := bench.Try(t.Context(), trial.Try{Candidates: []int{9}})
	require.EqualError(t, err, "trial: there is no candidate 9; there are 9, from 0")
	_, err = bench.Try(t.Context(), trial.Try{Tests: []string{"TestAdd"}})
	require.ErrorContains(t, err, `there is no test "TestAdd" here`)
	_, err = bench.Try(t.Context(), trial.Try{Candidates: []int{0, 6}})
	require.ErrorContains(t, err, "trial: candidates [0 6]: ")
	require.ErrorContains(t, err, "overlap")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = bench.Try(ended, trial.Try{})
	require.ErrorIs(t, err, context.Canceled)
}

// openSmall surveys the module of small and opens a bench. The layer below it is
// that of another module, for its compiled standard library.
func openSmall(t *testing.T, edits []mutate.Edit) (_ trial.Bench, id func(dir string, names ...string) []string) {
	t.Helper()
	s := subject(t, "github.com/gorilla/mux@v1.8.1")
	files := map[string]repo.File{}
	for name, text := range small {
		files[name] = repo.File{Mode: repo.Regular, Data: []byte(text)}
	}
	var err error
	s.Tree, err = repo.NewTree(files)
	require.NoError(t, err)
	seen, err := survey.Take(t.Context(), s, survey.Options{AllowFailing: true})
	require.NoError(t, err)
	bench, err := trial.Open(t.Context(), s, seen, edits, trial.Options{Parallel: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, bench.Close()) })
	return bench, func(dir string, names ...string) (ids []string) {
		for _, name := range names {
			ids = append(ids, "example.com/small/"+dir+" "+name)
		}
		return ids
	}
}

func join(lists ...[]string) (all []string) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

func without(ids []string, names ...string) (rest []string) {
	for _, id := range ids {
		_, name, _ := strings.Cut(id, " ")
		keep := true
		for _, n := range names {
			keep = keep && n != name
		}
		if keep {
			rest = append(rest, id)
		}
	}
	return rest
}

package mutate_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/mutate"
)

// The functions of switched are of every shape that a copy must be called with;
// its package variable is made by one of them before main begins.
const switched = `package main // import "example.com/m"

import "fmt"

type T struct{ n int }

var early = plain(1, 2)

func plain(a, b int) int { return a + b }

func unnamed(int, ...string) string { return "unnamed" }

func blank(_ int, x string, _ bool) (string, error) { return x + "!", nil }

func variadic(list ...int) (n int) {
	for _, x := range list {
		n += x
	}
	return
}

func generic[K comparable, V any](k K, v V) string { return fmt.Sprint(k, v) }

func (T) value() string { return "value" }

func (t *T) pointer(by int) { t.n += by }

func closure() func() int {
	n := 10
	return func() int { n++; return n }
}

func init() { order += "init" }

var order string

func empty() {}

func idle(x int) string {
	return fmt.Sprint(x)
}

func main() {
	t := &T{1}
	t.pointer(2)
	next := closure()
	empty()
	s, err := blank(1, "x", true)
	fmt.Println(early, plain(3, 4), unnamed(1, "a"), s, err, variadic(1, 2, 3), generic("k", 2), t.value(), t.n, next(), next(), order, idle(1))
}
`

// edit replaces the only place of some text.
func edit(t *testing.T, source, before, after string) mutate.Edit {
	t.Helper()
	require.Equal(t, 1, strings.Count(source, before), before)
	return mutate.Edit{Operator: "test", File: "main.go", Changes: []mutate.Change{
		{File: "main.go", Start: strings.Index(source, before), Before: before, After: after}}}
}

func reading(files map[string]string) mutate.Reader {
	return func(path string) ([]byte, error) {
		text, ok := files[path]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	}
}

// built writes a switched module and builds its program.
func built(t *testing.T, s *mutate.Switch, files map[string]string) (program string, complaints []byte) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	for name, text := range s.Files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o644))
	}
	command := exec.CommandContext(t.Context(), "go", "build", "-o", "program", ".")
	command.Dir, command.Env = dir, append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	complaints, err := command.CombinedOutput()
	if err != nil {
		return "", complaints
	}
	return filepath.Join(dir, "program"), nil
}

func output(t *testing.T, program string, s *mutate.Switch, candidates ...int) string {
	t.Helper()
	value, err := s.Select(candidates...)
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), program)
	command.Env = []string{mutate.SwitchVariable + "=" + value}
	out, err := command.CombinedOutput()
	require.NoError(t, err, string(out))
	return strings.TrimSpace(string(out))
}

func TestSwitchedFunctions(t *testing.T) {
	const original = "3 7 unnamed x! <nil> 6 k2 value 3 11 12 init 1"
	cases := []struct{ before, after, want string }{
		{"a + b", "a * b", "2 12 unnamed x! <nil> 6 k2 value 3 11 12 init 1"}, // the variable, too
		{"a + b", "a - b", "-1 -1 unnamed x! <nil> 6 k2 value 3 11 12 init 1"},
		{`return "unnamed"`, `return "un"`, "3 7 un x! <nil> 6 k2 value 3 11 12 init 1"},
		{`x + "!"`, `x`, "3 7 unnamed x <nil> 6 k2 value 3 11 12 init 1"},
		{"n += x", "n -= x", "3 7 unnamed x! <nil> -6 k2 value 3 11 12 init 1"},
		{"Sprint(k, v)", "Sprint(v, k)", "3 7 unnamed x! <nil> 6 2k value 3 11 12 init 1"},
		{`return "value"`, `return "v"`, "3 7 unnamed x! <nil> 6 k2 v 3 11 12 init 1"},
		{"t.n += by", "t.n -= by", "3 7 unnamed x! <nil> 6 k2 value -1 11 12 init 1"},
		{"n++", "n--", "3 7 unnamed x! <nil> 6 k2 value 3 9 8 init 1"},
		{`order += "init"`, ``, "3 7 unnamed x! <nil> 6 k2 value 3 11 12  1"},
		{"func empty() {}", "", original}, // a removed function, whose caller another change would repair
		{"fmt.Sprint(x)", `"none"`, "3 7 unnamed x! <nil> 6 k2 value 3 11 12 init none"},
	}
	files := map[string]string{"go.mod": "module example.com/m // its path\n\ngo 1.20\n", "main.go": switched}
	var edits []mutate.Edit
	for _, c := range cases {
		edits = append(edits, edit(t, switched, c.before, c.after))
	}
	s, err := mutate.NewSwitch(reading(files), edits, nil, nil)
	require.NoError(t, err)
	require.Equal(t, map[int]string{10: "it changes no function's body"}, s.Left)
	program, complaints := built(t, s, files)
	require.Empty(t, string(complaints))
	require.Equal(t, original, output(t, program, s))
	for i, c := range cases {
		if s.Left[i] == "" {
			require.Equal(t, c.want, output(t, program, s, i), "%s -> %s", c.before, c.after)
		}
	}
	require.Equal(t, "2 12 un x! <nil> -6 k2 value 3 11 12 init 1", output(t, program, s, 4, 0, 2), "three at once")
	_, err = s.Select(0, 1)
	require.EqualError(t, err, "switch: candidates 0 and 1 are in one function; only one of them can be selected")
	_, err = s.Select(10)
	require.EqualError(t, err, "switch: candidate 10 cannot be selected: it changes no function's body")
	_, err = s.Select(99)
	require.EqualError(t, err, "switch: candidate 99 cannot be selected: there is no such candidate")
}

// The lines of the original stay, so that what its tests print stays.
func TestSwitchKeepsLines(t *testing.T) {
	files := map[string]string{"go.mod": "module m\n", "main.go": switched}
	s, err := mutate.NewSwitch(reading(files), []mutate.Edit{edit(t, switched, "n += x", "n -= x"), edit(t, switched, "a + b", "a - b")}, nil, nil)
	require.NoError(t, err)
	was, is := strings.Split(switched, "\n"), strings.Split(string(s.Files["main.go"]), "\n")
	for i, line := range was {
		if line != "" && !strings.Contains(is[i], "ssrswitch") {
			require.Equal(t, line, is[i])
		}
	}
	require.Equal(t, `func plain(a, b int) int { switch ssrswitch.On[0] {case 1: return ssrswitch_0_1(a, b);}; return a + b }`, is[8])
}

// What does not compile is found by what the compiler says, and left out.
func TestGuiltyCandidates(t *testing.T) {
	files := map[string]string{"go.mod": "module m\n\ngo 1.20\n", "main.go": switched}
	edits := []mutate.Edit{edit(t, switched, "a + b", "a * b"), edit(t, switched, "a + b", "a + undefined"),
		edit(t, switched, "n += x", "n += \"\""), edit(t, switched, "return fmt.Sprint(x)", "y := x; return fmt.Sprint(x)")}
	s, err := mutate.NewSwitch(reading(files), edits, nil, nil)
	require.NoError(t, err)
	_, complaints := built(t, s, files)
	guilty, suspects := s.Guilty(complaints)
	require.Empty(t, suspects)
	require.Len(t, guilty, 3, "%s", complaints)
	require.Equal(t, "it does not compile: undefined: undefined", guilty[1])
	require.NotContains(t, guilty, 0)
	s, err = mutate.NewSwitch(reading(files), edits, guilty, nil)
	require.NoError(t, err)
	require.Equal(t, guilty, s.Left)
	_, complaints = built(t, s, files)
	require.Empty(t, string(complaints))
}

// An initialization cycle is complained about where it begins; the copy that
// closes it is named in the lines below.
func TestGuiltyOfACycle(t *testing.T) {
	const source = "package m\n\nvar a = f()\n\nvar b = 1\n\nfunc f() int {\n\treturn b\n}\n\nfunc g() int {\n\treturn a + 1\n}\n"
	files := map[string]string{"go.mod": "module m\n\ngo 1.20\n", "main.go": source}
	s, err := mutate.NewSwitch(reading(files), []mutate.Edit{edit(t, source, "return b", "return a"), edit(t, source, "a + 1", "a - 1")}, nil, nil)
	require.NoError(t, err)
	_, complaints := built(t, s, files)
	guilty, _ := s.Guilty(complaints)
	require.Len(t, guilty, 1, "%s", complaints)
	require.Contains(t, guilty[0], "initialization cycle")
}

// A complaint outside of the copies is about something that the candidates of
// that file did together, and one about another file about none.
func TestGuiltyOutsideOfCopies(t *testing.T) {
	files := map[string]string{"go.mod": "module m\n", "main.go": switched}
	s, err := mutate.NewSwitch(reading(files), []mutate.Edit{edit(t, switched, "a + b", "a * b"), edit(t, switched, "n++", "n--")}, nil, nil)
	require.NoError(t, err)
	guilty, _ := s.Guilty([]byte("# m\n./main.go:9:1: declared and not used\n"))
	require.Len(t, guilty, 2)
	guilty, suspects := s.Guilty([]byte("./other.go:9:1: declared and not used\nmain.go: nothing\n"))
	require.Empty(t, guilty)
	require.Empty(t, suspects)
}

// Imports that a candidate adds are added to the file, once; those that it drops
// are still used by the original.
func TestSwitchedImports(t *testing.T) {
	files := map[string]string{"go.mod": "module m\n\ngo 1.20\n", "main.go": switched}
	errorsImport := mutate.Change{File: "main.go", Start: strings.Index(switched, `import "fmt"`), Before: "", After: "import \"errors\"\n"}
	adds := func(before, after string) mutate.Edit {
		e := edit(t, switched, before, after)
		e.Changes = append([]mutate.Change{errorsImport}, e.Changes...)
		return e
	}
	drops := edit(t, switched, "return fmt.Sprint(x)", `return "dropped"`)
	drops.Changes = append([]mutate.Change{{File: "main.go", Start: strings.Index(switched, `import "fmt"`), Before: "import \"fmt\"\n"}}, drops.Changes...)
	other := adds("return \"value\"", "return errors.X")
	other.Changes[0].After = "import errors \"m/errors\"\n"
	edits := []mutate.Edit{adds(`return x + "!", nil`, `return x, errors.New("a")`), adds("return fmt.Sprint(x)", `return errors.New("b").Error()`), drops, other}
	s, err := mutate.NewSwitch(reading(files), edits, nil, nil)
	require.NoError(t, err)
	require.Equal(t, map[int]string{3: "another candidate imports something else as errors"}, s.Left)
	program, complaints := built(t, s, files)
	require.Empty(t, string(complaints))
	require.Contains(t, output(t, program, s, 0), " x a ")
	require.True(t, strings.HasSuffix(output(t, program, s, 0, 1), " b"))
	require.True(t, strings.HasSuffix(output(t, program, s, 2), " dropped"))
}

// What a copy could not stand in for is left, with the reason.
func TestLeftBySwitch(t *testing.T) {
	const source = `package main

import "runtime"

const limit = 10

//go:noinline
func pragma() int { return 1 }

func recovers() { recover() }

func recoversBelow() { defer func() { recover() }() }

func caller() { _, _, _, _ = runtime.Caller(1) }

func callerBelow() { func() { _, _, _, _ = runtime.Caller(2) }() }

func _() { println(2) }

type T struct{}

func (T) gone() {}

func signature(a int) {}

func main() {}
`
	cases := []struct{ before, after, left string }{
		{"limit = 10", "limit = 11", "it changes a declaration"},
		{"return 1", "return 2", "its function has a directive for the compiler"},
		{"recovers() { recover()", "recovers() { ", "it changes the declaration of a function or method"},
		{"{ recover() }\n\nfunc recoversB", "{}\n\nfunc recoversB", "it changes the declaration of a function or method"},
		{"defer func() { recover() }()", "", ""},
		{"runtime.Caller(1)", "runtime.Caller(2)", "its function calls recover or runtime.Caller, which a copy would change"},
		{"runtime.Caller(2)", "runtime.Caller(1)", "its function calls recover or runtime.Caller, which a copy would change"},
		{"println(2)", "", "its function is never called"},
		{"func (T) gone() {}", "", "it changes the declaration of a function or method"},
		{"signature(a int)", "signature(b int)", "it changes the declaration of a function or method"},
		{"\n\ntype T struct{}", "\n\ntype T struct{a int}", "it changes a declaration"},
	}
	var edits []mutate.Edit
	for _, c := range cases {
		edits = append(edits, edit(t, source, c.before, c.after))
	}
	edits = append(edits, mutate.Edit{Changes: []mutate.Change{{File: "none.go"}}},
		mutate.Edit{Changes: []mutate.Change{{File: "main.go", Start: 1 << 40, Before: "x"}}})
	s, err := mutate.NewSwitch(reading(map[string]string{"go.mod": "module m", "main.go": source}), edits, nil, nil)
	require.NoError(t, err)
	for i, c := range cases {
		require.Equal(t, c.left, s.Left[i], c.before)
	}
	require.Equal(t, "its file cannot be read: file does not exist", s.Left[len(cases)])
	require.Equal(t, "it does not fit its file", s.Left[len(cases)+1])
	_, err = mutate.NewSwitch(reading(nil), nil, nil, nil)
	require.EqualError(t, err, "switch: file does not exist")
	_, err = mutate.NewSwitch(reading(map[string]string{"go.mod": "go 1.20"}), nil, nil, nil)
	require.EqualError(t, err, `switch: go.mod names no module; a line "module PATH" would be right`)
}

// Foreign sources and edits never make it panic, and a file that is changed
// keeps every byte of the original.
func FuzzSwitch(f *testing.F) {
	f.Add(switched, 300, 5, "x")
	f.Add("package p; func f() {}", 20, 1, "{")
	f.Add("package p; func (", 20, 1, "{")
	f.Add("package p; func f(int,) (_ int) { return func(_ ...int) {} }", 40, 2, "}")
	f.Fuzz(func(t *testing.T, source string, start, length int, after string) {
		if start < 0 || length < 0 || start > len(source) || length > len(source)-start {
			return
		}
		change := mutate.Change{File: "a.go", Start: start, Before: source[start : start+length], After: after}
		s, err := mutate.NewSwitch(reading(map[string]string{"go.mod": "module m", "a.go": source}), []mutate.Edit{{Changes: []mutate.Change{change}}}, nil, nil)
		require.NoError(t, err)
		if made, held := s.Files["a.go"]; held {
			require.Greater(t, len(made), len(source))
			_, err := s.Select(0)
			require.NoError(t, err)
		}
	})
}

func ExampleSwitch() {
	source := "package m\n\nfunc Max(a, b int) int {\n\tif a > b {\n\t\treturn a\n\t}\n\treturn b\n}\n"
	read := func(path string) ([]byte, error) {
		return []byte(map[string]string{"go.mod": "module example.com/m\n", "max.go": source}[path]), nil
	}
	var edits []mutate.Edit
	for _, after := range []string{">=", "<"} {
		edits = append(edits, mutate.Edit{File: "max.go", Changes: []mutate.Change{
			{File: "max.go", Start: strings.Index(source, ">"), Before: ">", After: after}}})
	}
	s, err := mutate.NewSwitch(read, edits, nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range strings.Split(string(s.Files["max.go"]), "\n")[:4] {
		fmt.Println(line)
	}
	fmt.Println(s.Select(1))
	// Output:
	// package m; import ssrswitch "example.com/m/ssrswitch"
	//
	// func Max(a, b int) int { switch ssrswitch.On[0] {case 1, 2: return ssrswitch_0_1(a, b);};
	// 	if a > b {
	// 0=2 <nil>
}

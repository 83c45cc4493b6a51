package mutate_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/mutate"
)

// The statements of shared are of every kind that a copy for several candidates
// must get right.
const shared = `package main

import "fmt"

func work(list []int) (sum int) {
	defer func() { fmt.Print("end ", sum, "; ") }()
	x, y := 1, 2 // declared here
	var z = 3
outer:
	for i, n := range list { // over all
		// a comment before
		_, _, _ = i, y, z
		sum += n
		/* another */ sum += x // and behind
		switch {
		case n == 2:
			sum += 10
			fallthrough
		case n == 3:
			sum += 100
		default:
			if i > 3 { break }
			sum++; sum += y
		}
		for {
			if n%2 == 0 { continue outer }
			sum -= z ` + `
			break
		}
		var any interface{} = n
		switch a := any.(type) {
		case int:
			sum += a
		}
	}
	twice := func(n int) int { return 2 * n }
	_ = twice
	goto last
last:
	text := ` + "`a\n\tb`" + `
	sum += len(text)
	if sum > 0 {
		return twice(sum)
	} else if sum < -5 {
		return -1
	}
	return 0
}

func shout(c chan int, done chan bool) {
	select {
	case n := <-c:
		fmt.Print("got ", n, "; ")
	case <-done:
		fmt.Print("done; ")
	}
}

func main() {
	c, done := make(chan int, 1), make(chan bool, 1)
	c <- 5
	shout(c, done)
	done <- true
	shout(c, done)
	fmt.Println(work([]int{1, 2, 3, 4, 5, 6, 7}), work(nil))
}
`

// Candidates that share copies do what the real patch does.
func TestSharedCopies(t *testing.T) {
	var edits []mutate.Edit
	for _, c := range [][2]string{
		{"sum += n\n", "sum -= n\n"}, {"sum += n\n", "\n"}, {"\t\tsum += n\n", ""}, {"sum += n\n\t\t", ""},
		{"sum += x // and behind", "sum += x * x + 1 // other"}, {"/* another */ sum += x", "sum = x"},
		{" // and behind\n\t\tswitch", " // x\n\t\tsum *= 2\n\t\tswitch"}, {"\t\t// a comment before\n", "\t\tsum *= 3\n\t\t// a comment\n"},
		{"case n == 2:", "case n == 4:"}, {"case n == 2:\n", "case n == 2:\n\t\t\tsum++\n"}, {"sum += 10\n", "sum += 11\n"},
		{"fallthrough\n", "sum++\n"}, {"case n == 3:\n\t\t\tsum += 100\n", ""}, {"sum += 100", "sum += 200"},
		{"if i > 3 { break }\n", ""}, {"i > 3", "i > 2"}, {"{ break }", "{ continue }"}, {"sum++; ", ""}, {"sum += y\n", "sum += x\n"},
		{"continue outer", "break outer"}, {"sum -= z \n\t\t\tbreak", "break"}, {"sum -= z \n", "sum -= z\n\t\t\tif sum < 0 { break outer }\n"},
		{"sum += a\n", "sum -= a\n"}, {"x, y := 1, 2", "x, y := 2, 2"}, {"var z = 3", "var z = 4"}, {"2 * n", "3 * n"},
		{"a\n\tb", "a\n\tbcd"}, {"len(text)", "-len(text)"}, {"return twice(sum)", "return sum"}, {"sum > 0", "sum > 1000"},
		{"sum < -5", "sum < 5"}, {"return -1", "return -2"}, {"return 0", "panic(0)"}, {"goto last\n", "sum++\n\tgoto last\n"},
		{"comment before\n", "remark\n\t\tsum *= 3\n"}, {"comment before\n\t\t_, _, _ = i", "remark\n\t\tsum *= 3\n\t\t_, _, _ = i"},
		{"sum += x // and", "sum -= x // or"}, {"sum++;", "sum := 1;"}, {"\n\t\t\tbreak\n", "\n\t\t\tsum++\n\t\t\tbreak\n"},
		{"fallthrough", "sum++"}, {"last:\n", "last:\n\tsum++\n"},
		{"\tif sum > 0 {\n\t\treturn twice(sum)\n\t} else if sum < -5 {\n\t\treturn -1\n\t}\n", ""},
		{"sum += len(text)\n", "text += \"x\"\n\tsum += len(text)\n"},
		{`"got "`, `"had "`}, {`fmt.Print("done; ")`, ""}, {"case n := <-c:\n\t\tfmt.Print(\"got \", n, \"; \")\n", "case <-c:\n"},
		{"c <- 5\n\t", "c <- 6\n\t"}, {"work(nil)", "work([]int{1})"},
	} {
		at := strings.Index(shared, c[0])
		require.GreaterOrEqual(t, at, 0, c[0])
		edits = append(edits, mutate.Edit{Changes: []mutate.Change{{File: "main.go", Start: at, Before: c[0], After: c[1]}}})
	}
	files := map[string]string{"go.mod": "module m\n\ngo 1.20\n", "main.go": shared}
	s, err := mutate.NewSwitch(reading(files), edits, nil, nil)
	require.NoError(t, err)
	require.Empty(t, s.Left)
	program, complaints := built(t, s, files)
	require.Empty(t, string(complaints))
	copies := bytes.Count(s.Files["main.go"], []byte("//go:noinline"))
	require.Less(t, copies, len(edits)/2, "they share")
	patched := patchedPrograms(t, files, edits)
	for i, e := range edits {
		want, wrong := exec.Command(patched[i]).Output()
		value, err := s.Select(i)
		require.NoError(t, err)
		command := exec.Command(program)
		command.Env = []string{mutate.SwitchVariable + "=" + value}
		got, gone := command.Output()
		require.Equal(t, string(want), string(got), "%q", e.Changes)
		require.Equal(t, fmt.Sprint(wrong), fmt.Sprint(gone), "%q", e.Changes)
	}
}

// patchedPrograms builds a program for each edit, really applied.
func patchedPrograms(t *testing.T, files map[string]string, edits []mutate.Edit) (programs []string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(files["go.mod"]), 0o644))
	for i, e := range edits {
		name := fmt.Sprintf("p%02d", i)
		require.NoError(t, os.MkdirAll(filepath.Join(dir, name), 0o755))
		changed, err := mutate.Apply(reading(files), e)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name, "main.go"), changed["main.go"], 0o644))
		programs = append(programs, filepath.Join(dir, "bin", name))
	}
	command := exec.CommandContext(t.Context(), "go", "build", "-o", "bin/", "./...")
	command.Dir, command.Env = dir, append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	out, err := command.CombinedOutput()
	require.NoError(t, err, string(out))
	return programs
}

// A complaint about a copy that several share makes them suspect; each has a copy
// of its own then, and the guilty one is found.
func TestSuspectsOfSharedCopies(t *testing.T) {
	const source = "package main\n\nvar a = f()\n\nfunc f() int {\n\tprintln(1)\n\treturn 2\n}\n\nfunc main() {\n}\n"
	files := map[string]string{"go.mod": "module m\n\ngo 1.20\n", "main.go": source}
	edits := []mutate.Edit{edit(t, source, "println(1)", "println(2)"), edit(t, source, "return 2", "return a"), edit(t, source, "return 2", "return 3")}
	s, err := mutate.NewSwitch(reading(files), edits, nil, nil)
	require.NoError(t, err)
	_, complaints := built(t, s, files)
	guilty, suspects := s.Guilty(complaints)
	require.Empty(t, guilty, "%s", complaints)
	require.Equal(t, map[int]bool{0: true, 1: true, 2: true}, suspects)
	s, err = mutate.NewSwitch(reading(files), edits, nil, suspects)
	require.NoError(t, err)
	_, complaints = built(t, s, files)
	guilty, suspects = s.Guilty(complaints)
	require.Len(t, guilty, 1, "%s", complaints)
	require.Contains(t, guilty[1], "initialization cycle")
	require.Empty(t, suspects)
}

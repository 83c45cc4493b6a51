package solve_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/sandboxtest"
	"github.com/selfplay-swe/ssr/solve"
)

// Opposite is a solver with one idea: the first condition of some file of code is
// the wrong way round. The seed chooses which file. What it leaves in the sandbox is
// its patch.
type Opposite struct{}

var condition = regexp.MustCompile(`if (.+) \{`)

// Solve makes one attempt.
func (Opposite) Solve(ctx context.Context, d *solve.Desk) (solve.Ending, error) {
	var repaired []string // of each file that has a condition: its name, its text
	for name := range d.Task.Tree.Paths() {
		file, err := d.Task.Tree.Read(name)
		if err != nil {
			return solve.Ending{}, err
		}
		at := condition.FindSubmatchIndex(file.Data)
		if at != nil && !strings.Contains(name, "test") {
			repaired = append(repaired, name, fmt.Sprintf("%s!(%s)%s", file.Data[:at[2]], file.Data[at[2]:at[3]], file.Data[at[3]:]))
		}
	}
	if len(repaired) == 0 {
		return solve.Ending{Stop: solve.GaveUp}, nil
	}
	i := 2 * int(d.Seed%uint64(len(repaired)/2))
	_, err := d.Box.Run(ctx, sandbox.Cmd{Args: []string{"tee", repaired[i]}, Stdin: []byte(repaired[i+1])})
	return solve.Ending{Stop: solve.Submitted}, err
}

// A solver of one's own is a type with one method. The desk here stands in a
// sandbox of the tests, which knows one command; [solve.Run] makes a real one.
func ExampleSolver() {
	tree, err := repo.NewTree(map[string]repo.File{
		"abs.go":      {Mode: repo.Regular, Data: []byte("func Abs(n int) int {\n\tif n > 0 {\n\t\treturn -n\n\t}\n\treturn n\n}\n")},
		"abs_test.go": {Mode: repo.Regular, Data: []byte("func TestAbs(t *testing.T) {\n\tif Abs(-1) != 1 {\n\t\tt.Fail()\n\t}\n}\n")},
	})
	if err != nil {
		panic(err)
	}
	machine := &sandboxtest.Fake{Run: func(_ context.Context, m *sandboxtest.Machine, cmd sandbox.Cmd) (sandbox.Result, error) {
		return sandbox.Result{}, m.Write(cmd.Args[1], repo.File{Mode: repo.Regular, Data: cmd.Stdin})
	}}
	ctx := context.Background()
	box, err := machine.New(ctx, sandbox.Spec{Tree: tree})
	if err != nil {
		panic(err)
	}
	defer box.Close()
	var solver solve.Solver = Opposite{}
	ending, err := solver.Solve(ctx, &solve.Desk{Task: &solve.Task{Tree: tree}, Box: box, Seed: 1})
	if err != nil {
		panic(err)
	}
	file, err := box.Read(ctx, "abs.go", 1<<10)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%v:\n%s", ending.Stop, file.Data)
	// Output:
	// submitted:
	// func Abs(n int) int {
	// 	if !(n > 0) {
	// 		return -n
	// 	}
	// 	return n
	// }
}

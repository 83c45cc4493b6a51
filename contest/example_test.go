package contest_test

import (
	"context"
	"fmt"

	"github.com/selfplay-swe/ssr/baseline"
	"github.com/selfplay-swe/ssr/choose"
	"github.com/selfplay-swe/ssr/contest"
	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/verify"
)

// Eight attempts of the built-in player, held against tests in a file of Go; the
// task and the bug are those of a round.
func Example() {
	play := func(ctx context.Context, task *solve.Task, b verify.Bug, file []byte) error {
		solver := &baseline.Solver{}
		defer solver.Close()
		patches, err := contest.Attempts(ctx, solver, task, 1, 8)
		if err != nil {
			return err
		}
		tests, err := contest.TestFile(task.Tree, "written_test.go", file)
		if err != nil {
			return err
		}
		choice, _, err := choose.SelfPlay{Parallel: 2}.Play(ctx, contest.New(task, b).Run, patches, []string{tests})
		if err != nil {
			return err
		}
		if choice.Index != choose.None {
			fmt.Println(patches[choice.Index])
		}
		return nil
	}
	_ = play
}

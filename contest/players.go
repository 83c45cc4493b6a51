package contest

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/selfplay-swe/ssr/choose"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/solve"
)

// Attempts lets a solver make n attempts at a task and returns what each left, ""
// where that is no patch. The same seed gives the same seeds to the attempts.
func Attempts(ctx context.Context, solver solve.Solver, task *solve.Task, seed uint64, n int) ([]string, error) {
	fix := Fixer(solver, task, seed)
	patches := make([]string, n)
	for i := range patches {
		var err error
		if patches[i], err = fix(ctx, choose.Turn{Round: i}); err != nil {
			return nil, fmt.Errorf("contest: attempt %d: %w", i, err)
		}
	}
	return patches, nil
}

// Fixer is a solver as [choose.Rounds.Fix]: one attempt a round. It sees the task and
// nothing of the tests in force, so that its next attempt is another one by its seed
// alone. A model that is to see them needs a Fix of its own.
func Fixer(solver solve.Solver, task *solve.Task, seed uint64) func(context.Context, choose.Turn) (string, error) {
	return func(ctx context.Context, now choose.Turn) (string, error) {
		rng := rand.New(rand.NewPCG(seed, uint64(now.Round)))
		attempt, err := solve.Run(ctx, solver, task, rng.Uint64())
		if err != nil {
			return "", err
		}
		return string(attempt.Patch), nil
	}
}

// Given is [choose.Rounds.Write] of tests that there are, weakest first: each is
// played once, and then it knows none. It is for one play.
func Given(tests ...string) func(context.Context, choose.Turn) (string, error) {
	return func(context.Context, choose.Turn) (next string, _ error) {
		if len(tests) > 0 {
			next, tests = tests[0], tests[1:]
		}
		return next, nil
	}
}

// TestFile is tests in one new file of the tree, as a diff.
func TestFile(tree *repo.Tree, name string, content []byte) (string, error) {
	with, err := tree.With(map[string]*repo.File{name: {Mode: repo.Regular, Data: content}})
	if err != nil {
		return "", fmt.Errorf("contest: test file %s: %w", name, err)
	}
	diff, err := repo.Diff(tree, with)
	if err != nil {
		return "", fmt.Errorf("contest: test file %s: %w", name, err)
	}
	return string(diff), nil
}

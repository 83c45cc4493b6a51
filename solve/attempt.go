package solve

import (
	"context"
	"errors"
	"fmt"

	"github.com/selfplay-swe/ssr/repo"
)

// An Attempt is what one solver made of a task.
type Attempt struct {
	Patch   []byte   // against Task.Tree; nil: nothing was changed, or see Problem
	Full    []byte   // the same against Bug.Weakened, which is what a judge grades
	Stop    Stop     // how it ended
	Record  []byte   // JSON, the solver's own; may be nil
	Problem string   // why what the solver left cannot be a patch; "" if it can
	Notes   []string // what was left out of the patch, as sentences
}

// Run lets a solver make one attempt, and takes its patch. An error is the
// machine's, or ctx's.
func Run(ctx context.Context, solver Solver, task *Task, seed uint64) (_ *Attempt, err error) {
	desk, err := task.Open(ctx, seed)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, desk.Close()) }()
	ending, err := solver.Solve(ctx, desk)
	if err != nil {
		return nil, fmt.Errorf("solve: %w", err)
	}
	a := &Attempt{Stop: ending.Stop, Record: ending.Record}
	if err := desk.take(ctx, a); err != nil {
		return nil, fmt.Errorf("solve: take the patch: %w", err)
	}
	return a, nil
}

// take makes the attempt's patches of what is on the desk.
func (d *Desk) take(ctx context.Context, a *Attempt) error {
	t := d.Task
	taken, err := t.Take.Take(ctx, d.Box, t.Tree)
	if err != nil {
		return err
	}
	a.Problem, a.Notes = taken.Problem, taken.Notes
	if a.Problem != "" {
		return nil
	}
	after, err := t.Tree.With(taken.Changes)
	if err != nil {
		a.Problem = fmt.Sprintf("what the solver left is no tree: %v", err)
		return nil
	}
	if a.Patch, err = repo.Diff(t.Tree, after); err != nil || a.Patch == nil {
		return err
	}
	whole, err := t.whole.With(taken.Changes)
	if err != nil {
		a.Problem = fmt.Sprintf("what the solver left is no tree: %v", err)
		return nil
	}
	a.Full, err = repo.Diff(t.bug.Weakened(), whole)
	return err
}

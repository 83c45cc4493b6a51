package selfplay

import (
	"context"
	"fmt"
	"slices"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/verify"
)

// Repository opens again what a round was played on, as its injector was given it.
// The Engine has the sources and the rules (Verify, Private) that the play had, and
// the Archive that holds the round; it needs no players. A source that has changed
// since is a [*ChangedError].
func (e *Engine) Repository(ctx context.Context, sources []Source, r *Round) (*inject.Repository, error) {
	g, err := e.again(ctx, sources, r)
	if err != nil {
		return nil, err
	}
	return g.Repository, nil
}

// Task makes again what the solvers of a round were given: the round's own bug
// where child is 0, else the second-order bug that attempt child-1 left. It needs
// what Repository needs, and runs tests only where earlier runs are not kept.
func (e *Engine) Task(ctx context.Context, sources []Source, r *Round, child int) (*solve.Task, error) {
	if !r.Consistent {
		return nil, fmt.Errorf("round %d has no bug that could be solved", r.Index+1)
	}
	g, err := e.again(ctx, sources, r)
	if err != nil {
		return nil, err
	}
	found, err := e.bug(ctx, g, r.Artifact)
	if err != nil {
		return nil, err
	}
	order := e.order(g, found, r.Seed)
	if child > 0 {
		if order.Child, err = e.child(ctx, found, r, child-1); err != nil {
			return nil, err
		}
	}
	return solve.NewTask(ctx, order)
}

// again opens a round's source.
func (e *Engine) again(ctx context.Context, sources []Source, r *Round) (*ground, error) {
	i := slices.IndexFunc(sources, func(s Source) bool { return s.Repo == r.Source })
	if i < 0 {
		return nil, fmt.Errorf("round %d was played on %s, which is none of the play's sources", r.Index+1, r.Source)
	}
	return e.at(ctx, sources[i], r.Snapshot)
}

// child makes the bug again that an attempt left. That it is the same is seen by its
// tree.
func (e *Engine) child(ctx context.Context, found verify.Bug, r *Round, of int) (*solve.Child, error) {
	i := slices.IndexFunc(r.Children, func(c Child) bool { return c.Of == of })
	if i < 0 {
		return nil, fmt.Errorf("attempt %d of round %d left no bug that was played", of+1, r.Index+1)
	}
	attempt := r.Attempts[of]
	patch, err := e.blob(ctx, attempt.Patch)
	if err != nil {
		return nil, err
	}
	var grade verify.Grade
	if err := e.read(ctx, attempt.Grade, &grade); err != nil {
		return nil, err
	}
	child, why, err := solve.Promote(found, patch, &grade)
	switch {
	case err != nil:
		return nil, err
	case child == nil:
		return nil, fmt.Errorf("what attempt %d of round %d left is no bug any more: %s", of+1, r.Index+1, why)
	case child.Tree != r.Children[i].Tree:
		return nil, fmt.Errorf("what attempt %d of round %d left is another tree than it was: %.12s, and was %.12s", of+1, r.Index+1, child.Tree, r.Children[i].Tree)
	}
	return child, nil
}

package baseline

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/selfplay-swe/ssr/mutate"
)

// mostRepairs bounds the edits that are looked at in one function, the most
// plausible first.
const mostRepairs = 250

// A repair is an edit that could undo a bug.
type repair struct {
	mutate.Edit
	rank int // among those of its function, from 0: the most plausible
}

// repairs lists edits inside some functions that could undo a bug, in the order
// of the functions.
func (c *code) repairs(ctx context.Context, functions []mutate.Function) ([]repair, error) {
	if c.python != nil {
		edits, err := c.python.Repairs(ctx, functions, mostRepairs)
		return ranked(ctx, slices.Values(edits), len(edits)), err
	}
	if c.script != nil {
		edits, err := c.script.Repairs(ctx, functions, mostRepairs)
		return ranked(ctx, slices.Values(edits), len(edits)), err
	}
	lists := make([][]repair, len(functions))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range functions {
		group.Go(func() error {
			lists[i] = ranked(ctx, c.module.Repairs(dirOf(f.File), f), mostRepairs)
			return context.Cause(ctx)
		})
	}
	err := group.Wait()
	return slices.Concat(lists...), err
}

// ranked takes the first edits that a solver may try, and counts those of each
// function.
func ranked(ctx context.Context, edits iter.Seq[mutate.Edit], most int) (list []repair) {
	rank := map[[2]string]int{}
	for e := range edits {
		if len(list) == most || ctx.Err() != nil {
			break
		}
		if at := [2]string{e.File, e.Func}; !takesAway(e.Operator) {
			list = append(list, repair{e, rank[at]})
			rank[at]++
		}
	}
	return list
}

// takesAway says whether an operator removes or replaces more than a bug of a
// few edits could have put there.
func takesAway(operator string) bool {
	return removes(operator) || strings.HasSuffix(operator, "-replace-all")
}

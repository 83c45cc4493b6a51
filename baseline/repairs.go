package baseline

import (
	"context"
	"iter"
	"maps"
	"math"
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
// of the functions. Done is told of each, by its function's index, and says
// whether the rest of that function can be left out.
func (c *code) repairs(ctx context.Context, functions []mutate.Function, done func(function int, r repair) bool) ([]repair, error) {
	never := func(repair) bool { return false }
	if c.python != nil {
		edits, err := c.python.Repairs(ctx, functions, mostRepairs)
		return ranked(ctx, slices.Values(edits), len(edits), never), err
	}
	if c.script != nil {
		edits, err := c.script.Repairs(ctx, functions, mostRepairs)
		return ranked(ctx, slices.Values(edits), len(edits), never), err
	}
	lists := make([][]repair, len(functions))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range functions {
		group.Go(func() error {
			lists[i] = ranked(ctx, c.module.Repairs(dirOf(f.File), f), mostRepairs, func(r repair) bool { return done(i, r) })
			return context.Cause(ctx)
		})
	}
	err := group.Wait()
	return slices.Concat(lists...), err
}

// ranked takes the first edits that a solver may try, and counts those of each
// function, until done says that there are enough.
func ranked(ctx context.Context, edits iter.Seq[mutate.Edit], most int, done func(repair) bool) (list []repair) {
	rank := map[[2]string]int{}
	for e := range edits {
		if len(list) == most || ctx.Err() != nil {
			break
		}
		at := [2]string{e.File, e.Func}
		if takesAway(e.Operator) {
			continue
		}
		r := repair{e, rank[at]}
		list = append(list, r)
		rank[at]++
		if done(r) {
			break
		}
	}
	return list
}

// What a policy is told of a repair, besides its place.
const (
	operatorFeature = "solve/operator="
	rankFeature     = "solve/log-rank"
)

// describe describes a repair to a policy.
func (r repair) describe(s *spectrum) Choice {
	choice := s.describe(r.File, r.Line)
	choice[operatorFeature+r.Operator] = 1
	maps.Copy(choice, rankOf(r.rank))
	return choice
}

func rankOf(rank int) Choice { return Choice{rankFeature: math.Log(float64(1 + rank))} }

// takesAway says whether an operator removes or replaces more than a bug of a
// few edits could have put there.
func takesAway(operator string) bool {
	return removes(operator) || operator == "method-remove" || strings.HasSuffix(operator, "-replace-all")
}

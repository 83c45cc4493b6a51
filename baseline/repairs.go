package baseline

import (
	"context"

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
func (c *code) repairs(ctx context.Context, functions []mutate.Function) (list []repair, err error) {
	type name struct{ file, fn string }
	rank := map[name]int{}
	add := func(e mutate.Edit) {
		at := name{e.File, e.Func}
		list = append(list, repair{e, rank[at]})
		rank[at]++
	}
	if c.python != nil {
		edits, err := c.python.Repairs(ctx, functions, mostRepairs)
		for _, e := range edits {
			add(e)
		}
		return list, err
	}
	for _, f := range functions {
		left := mostRepairs
		for e := range c.module.Repairs(dirOf(f.File), f) {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			add(e)
			if left--; left == 0 {
				break
			}
		}
	}
	return list, nil
}

package baseline

import (
	"context"
	"strings"

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
		if takesAway(e.Operator) {
			return
		}
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
		most := len(list) + mostRepairs
		for e := range c.module.Repairs(dirOf(f.File), f) {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if add(e); len(list) == most {
				break
			}
		}
	}
	return list, nil
}

// takesAway says whether an operator removes or replaces more than a bug of a
// few edits could have put there.
func takesAway(operator string) bool {
	return removes(operator) || operator == "method-remove" || strings.HasSuffix(operator, "-replace-all")
}

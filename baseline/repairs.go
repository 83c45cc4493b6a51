package baseline

import (
	"context"
	"fmt"
	"slices"

	"github.com/selfplay-swe/ssr/mutate"
)

// mostRepairs bounds the edits that are looked at in one function.
const mostRepairs = 300

// repairs lists edits inside some functions that could undo a bug, in the order
// of the functions.
func (c *code) repairs(ctx context.Context, functions []mutate.Function) ([]mutate.Edit, error) {
	if c.module == nil {
		return nil, fmt.Errorf("solve: no repairs are known for this language")
	}
	return c.goRepairs(ctx, functions)
}

// goRepairs enumerates the packages of the functions once each.
func (c *code) goRepairs(ctx context.Context, functions []mutate.Function) (list []mutate.Edit, err error) {
	type name struct{ file, fn string }
	count := map[name]int{}
	var dirs []string
	for _, f := range functions {
		count[name{f.File, f.Name}] = mostRepairs
		dirs = append(dirs, dirOf(f.File))
	}
	slices.Sort(dirs)
	for _, dir := range slices.Compact(dirs) {
		for edit := range c.module.Edits(dir) {
			if at := (name{edit.File, edit.Func}); count[at] > 0 {
				count[at]--
				list = append(list, edit)
			}
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
		}
	}
	return list, nil
}

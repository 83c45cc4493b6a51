package solve

import (
	"fmt"
	"slices"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/verify"
)

// A Child is a second-order bug: what a failed attempt at a first-order one left
// (rules, section 5). It is plain data, so that it can be stored; [Order.Child]
// makes a task of it.
type Child struct {
	Patch      []byte   `json:"patch"`        // what the judge applied of the attempt's, against Bug.Weakened
	Tree       string   `json:"tree"`         // the key of the tree that it makes; children of one bug with equal keys are one
	FailToPass []string `json:"fail_to_pass"` // of the bug's tests: what does not pass; sorted, never empty
	PassToPass []string `json:"pass_to_pass"` // of the bug's tests: what does; sorted, never empty
}

// Promote makes a child of a failed attempt, from what its grading measured: the
// original's tests on the attempt's tree, so nothing is run again. Full is
// [Attempt.Full]. Where the attempt cannot be one, the child is nil and why says
// in one sentence what is missing. The error is the host's.
//
// What the judge left out of the patch (test files, files that steer the runner)
// is not part of the child: a solver gets the tree that was measured.
func Promote(b verify.Bug, full []byte, g *verify.Grade) (child *Child, why string, err error) {
	switch {
	case g.Outcome != verify.Unresolved:
		return nil, fmt.Sprintf("the attempt ended as %v", g.Outcome), nil
	case g.Run == nil || g.Run.Problem != "":
		return nil, "nothing was measured on its tree: " + g.Reason, nil
	}
	child = &Child{FailToPass: slices.Sorted(slices.Values(slices.Concat(g.Failing, g.Missing)))}
	for _, id := range slices.Concat(b.FailToPass(), b.PassToPass()) {
		if _, failing := slices.BinarySearch(child.FailToPass, id); !failing {
			child.PassToPass = append(child.PassToPass, id)
		}
	}
	slices.Sort(child.PassToPass)
	switch {
	case len(child.FailToPass) == 0:
		return nil, "no test fails on its tree", nil
	case len(child.PassToPass) == 0:
		return nil, "no test passes on its tree", nil
	}
	if err := child.take(b, full, g.LeftOut); err != nil {
		return nil, "", fmt.Errorf("solve: promote an attempt: %w", err)
	}
	if child.Tree == b.Weakened().Key() {
		return nil, "its tree is the one that it was given", nil
	}
	return child, "", nil
}

// take keeps of the patch what was applied.
func (c *Child) take(b verify.Bug, full []byte, left []verify.LeftOut) error {
	patch, err := bug.ParsePatch(full)
	if err != nil {
		return err
	}
	kept := *patch
	kept.Entries = slices.DeleteFunc(slices.Clone(patch.Entries), func(e *bug.Entry) bool {
		return slices.ContainsFunc(left, func(l verify.LeftOut) bool { return slices.Contains(e.Touches(), l.Path) })
	})
	tree, err := kept.Apply(b.Weakened())
	if err != nil {
		return err
	}
	for _, e := range kept.Entries {
		c.Patch = append(c.Patch, e.Raw...)
	}
	c.Tree = tree.Key()
	return nil
}

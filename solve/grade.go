package solve

import (
	"context"
	"slices"

	"github.com/selfplay-swe/ssr/verify"
)

// A Grade is a judge's grade of an attempt, and how the tests that were shown and
// those that were not did.
type Grade struct {
	*verify.Grade
	Public  verify.Tally // of FAIL_TO_PASS, what the solver could know of
	Private verify.Tally // and the rest: Task.Private
}

// Grade grades an attempt at a task, in a fresh sandbox of the judge. The error
// is the machine's, or ctx's.
func (t *Task) Grade(ctx context.Context, judge *verify.Judge, a *Attempt, o verify.GradeOptions) (*Grade, error) {
	g := t.ungraded(a, o)
	if a.Problem == "" {
		patch := a.Full
		if a.Patch == nil {
			patch = nil // a second-order bug as it was given
		}
		var err error
		if g, err = judge.Grade(ctx, t.bug, patch, o); err != nil {
			return nil, err
		}
	}
	return t.split(g), nil
}

// ungraded is the grade of what is no patch.
func (t *Task) ungraded(a *Attempt, o verify.GradeOptions) *verify.Grade {
	return &verify.Grade{
		Version:    verify.GradeVersion,
		Outcome:    verify.Unresolved,
		Reason:     a.Problem,
		FailToPass: verify.Tally{Total: len(t.bug.FailToPass())},
		PassToPass: verify.Tally{Total: len(t.bug.PassToPass())},
		Failing:    []string{}, Missing: []string{}, LeftOut: []verify.LeftOut{}, Log: []string{},
		Bug:     t.bug.Key(),
		Options: o,
	}
}

// split counts what was shown apart from what was not.
func (t *Task) split(g *verify.Grade) *Grade {
	s := &Grade{Grade: g}
	for _, id := range t.failToPass {
		tally := &s.Public
		if slices.Contains(t.Private, id) {
			tally = &s.Private
		}
		tally.Total++
		if g.Run != nil && !slices.Contains(g.Failing, id) && !slices.Contains(g.Missing, id) {
			tally.Passed++
		}
	}
	return s
}

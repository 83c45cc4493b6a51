package verify

import (
	"context"
	"slices"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/suite"
)

var inverseMutation = Check{
	Name: "inverse-mutation",
	Doc: `every file of the bug is part of it

For each entry of bug_inject.diff alone: the full bug, the oracle's tests as they
were, and that one entry undone. At least one failing test must pass again
(paper, section 2.3), so a bug that needs two files repaired together before
anything passes is invalid, by design.

Each entry costs one run. Its first flip decides: a test that failed in every
run of the bug and passes now is enough. An entry without a flip is run again,
as often as the bug was, before it is refused. Where the bug makes a test flaky
that was not, chance flips some as well: there a test must pass in every one of
these runs (ours).`,
	Facts: entriesUndo,
	Run: func(ctx context.Context, p *Pass) (Verdict, error) {
		v := pass("each of %s brings back at least one test when it is undone", files(len(p.undone)))
		for i, entry := range p.Artifact.Inject.Entries {
			last, flipped, err := p.flips(ctx, i)
			if err != nil {
				return Verdict{}, err
			}
			if len(flipped) == 0 {
				return fail("%s:%d: undoing %q alone makes none of the %s pass again that the bug breaks (%s); every entry must break a test by itself%s",
					bug.InjectName, entry.Line, place(entry), tests(len(p.failToPass)), few(p.failToPass), because(last)).
					files(place(entry)).runs(last).log(last), nil
			}
			v = v.ids(p.undoing(i), flipped).runs(last)
		}
		return v, nil
	},
}

// flips runs the bug without its i-th entry until a failing test passes or, if
// the bug makes tests flaky, until no failing test is left that always passes.
func (p *Pass) flips(ctx context.Context, i int) (last *run, flipped []string, err error) {
	chance := slices.ContainsFunc(p.flaky, func(id string) bool { return p.steady[id] != 0 })
	candidates := p.failToPass
	for repetition := range p.Options.Repeats {
		if last, err = p.undo(ctx, i, repetition); err != nil {
			return nil, nil, err
		}
		flipped = last.flipped(candidates)
		found := len(flipped) > 0
		if found != chance {
			break // found where one is enough, or none left where it must last
		}
		if chance {
			candidates = flipped
		}
	}
	return last, flipped, nil
}

// undo runs the bug without its i-th entry. Only the first run is planned.
func (p *Pass) undo(ctx context.Context, i, repetition int) (*run, error) {
	if repetition == 0 {
		return p.runs.wait(ctx, p.undoing(i), 0)
	}
	return p.runs.more(ctx, request{state: p.undoing(i), tree: p.undone[i], repetition: repetition})
}

// flipped lists which of some failing tests pass in a run.
func (r *run) flipped(failing []string) []string {
	var list []string
	for _, id := range failing {
		if r.Problem == nil && r.Results[id] == suite.Passed {
			list = append(list, id)
		}
	}
	return list
}

// because tells of a run that showed nothing.
func because(r *run) string {
	if r.Problem == nil {
		return ""
	}
	return " (in that run " + r.Problem.Text + ")"
}

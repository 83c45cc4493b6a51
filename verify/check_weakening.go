package verify

import (
	"context"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/suite"
)

var weakening = Check{
	Name: "weakening",
	Doc: `the weakening hides the bug from some tests

With bug and weakening applied, at least one test that failed is hidden: it
passes now, or it is missing because it was deleted (paper, section 2.3; deletion
counts, since the paper's prompts invite it). Some is enough, not all of them
must be; with LeaveVisible not all of them may be. Other tests still pass, so that no broken test file passes for a
deletion.`,
	Facts: weakeningApplies,
	Run: func(ctx context.Context, p *Pass) (Verdict, error) {
		weak, err := p.runs.wait(ctx, "weakened", 0)
		if err != nil {
			return Verdict{}, err
		}
		if v, bad := broken(weak); bad {
			return v, nil
		}
		p.hidden = []string{}
		for _, id := range p.failToPass {
			if s := weak.Results[id]; s == suite.Passed || s == 0 {
				p.hidden = append(p.hidden, id)
			}
		}
		v := p.hides(weak)
		if !v.Passed {
			v = v.log(weak)
		}
		return v.ids("hidden", p.hidden).ids("missing", weak.Results.Missing(p.failToPass)).runs(weak), nil
	},
}

// hides judges the weakened run.
func (p *Pass) hides(weak *run) Verdict {
	if none := weak.Results.NoEvidence(); none != "" {
		return fail("with the weakened tests %s; the other tests must still run", none)
	}
	if len(weak.Results.With(suite.Passed)) == 0 {
		return fail("with the weakened tests none passes at all; the other tests must still pass")
	}
	if len(p.hidden) == 0 {
		return fail("%s hides none of the %s that the bug breaks (%s); at least one must pass with it, or be deleted by it",
			bug.WeakenName, tests(len(p.failToPass)), few(p.failToPass))
	}
	if p.Options.LeaveVisible && len(p.hidden) == len(p.failToPass) {
		return fail("%s hides all %s that the bug breaks; at least one must still fail", bug.WeakenName, tests(len(p.hidden)))
	}
	return pass("%d of %s that the bug breaks are hidden", len(p.hidden), tests(len(p.failToPass)))
}

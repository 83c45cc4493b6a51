package verify

import (
	"context"
	"fmt"
	"slices"

	"github.com/selfplay-swe/ssr/suite"
)

var script = Check{
	Name: "script",
	Doc: `enough tests pass on the original

On the original the script ends in time, leaves the oracle files as they are, and
at least min_passing_tests pass (paper, section 2.3: "exceed" in its body, "at
least" in its prompts; we take at least). No test fails, unless AllowFailing is
set (ours). The original is run repeats times, and a test whose status differs is
flaky and leaves the oracle (ours).`,
	Run: func(ctx context.Context, p *Pass) (Verdict, error) {
		original, err := p.repeated(ctx, "original")
		if err != nil {
			return Verdict{}, err
		}
		if v, bad := broken(original...); bad {
			return v, nil
		}
		p.steady, p.flaky = suite.Agreed(results(original)...)
		v := p.passing()
		for _, status := range []suite.Status{suite.Passed, suite.Failed, suite.Skipped, suite.Error} {
			v = v.count(status.String(), len(p.steady.With(status)))
		}
		return v.ids("flaky", p.flaky).runs(original...), nil
	},
}

// passing judges the results of the original.
func (p *Pass) passing() Verdict {
	failing := slices.Concat(p.steady.With(suite.Failed), p.steady.With(suite.Error))
	if len(failing) > 0 && !p.Options.AllowFailing {
		return fail("%d of %s fail on the original: %s; choose tests that pass, or allow failing ones",
			len(failing), tests(len(p.steady)), few(failing)).
			ids("failing", failing).log(p.first)
	}
	passed := len(p.steady.With(suite.Passed))
	if passed >= p.Options.MinPassing {
		return pass("%d tests pass on the original", passed)
	}
	why := ""
	if len(p.flaky) > 0 {
		why = fmt.Sprintf(" (not counting those with another status in another run: %s)", few(p.flaky))
	}
	if none := p.steady.NoEvidence(); none != "" {
		why += " (" + none + ")"
	}
	return fail("%d tests pass on the original%s; at least %d must pass", passed, why, p.Options.MinPassing).log(p.first)
}

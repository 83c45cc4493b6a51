package verify

import (
	"context"
	"slices"

	"github.com/selfplay-swe/ssr/suite"
)

var breaks = Check{
	Name: "bug",
	Doc: `the bug breaks some tests, and not nearly all

Of the tests that pass on the original, at least min_failing_tests do not pass
with the bug: they fail, have an error, or are missing, which is counted apart
(paper, section 2.3, and ours). At least one still passes, and no more than
max_broken_share break, so that a bug is no build break (ours). A test that is
skipped with the bug is no evidence, and counts on neither side (ours). The bug
is run repeats times; a test whose runs differ in whether it passes, or in
whether it is skipped, is flaky and leaves the oracle.`,
	Facts: bugApplies,
	Run: func(ctx context.Context, p *Pass) (Verdict, error) {
		buggy, err := p.repeated(ctx, "bug")
		if err != nil {
			return Verdict{}, err
		}
		if v, bad := broken(buggy...); bad {
			return v, nil
		}
		missing, skipped := p.measure(results(buggy))
		v := p.broke()
		if !v.Passed {
			v = v.log(buggy[0])
		}
		return v.ids("fail_to_pass", p.failToPass).count("pass_to_pass", len(p.passToPass)).
			ids("missing", missing).ids("skipped", skipped).ids("flaky", p.flaky).runs(buggy...), nil
	},
}

// measure sorts what passes on the original into FAIL_TO_PASS, PASS_TO_PASS,
// skipped and flaky: an id belongs where every run of the bug puts it. It also
// returns what of FAIL_TO_PASS is missing with the bug.
func (p *Pass) measure(buggy []suite.Results) (missing, skipped []string) {
	p.failToPass, p.passToPass = []string{}, []string{}
	for _, id := range p.steady.With(suite.Passed) {
		passes, skips := with(suite.Passed, id, buggy), with(suite.Skipped, id, buggy)
		switch {
		case passes == len(buggy):
			p.passToPass = append(p.passToPass, id)
		case skips == len(buggy):
			skipped = append(skipped, id)
		case passes+skips == 0:
			p.failToPass = append(p.failToPass, id)
		default:
			p.flaky = append(p.flaky, id)
		}
	}
	slices.Sort(p.flaky)
	return buggy[0].Missing(p.failToPass), skipped
}

// with counts in how many runs a test has the status.
func with(status suite.Status, id string, runs []suite.Results) (n int) {
	for _, r := range runs {
		if r[id] == status {
			n++
		}
	}
	return n
}

// broke judges what the bug breaks.
func (p *Pass) broke() Verdict {
	failed, passed := len(p.failToPass), len(p.passToPass)
	share := float64(failed) / float64(max(failed+passed, 1))
	switch {
	case failed < p.Options.MinFailing:
		return fail("the bug breaks %d of %s; it must break at least %d", failed, tests(failed+passed), p.Options.MinFailing)
	case passed == 0:
		return fail("the bug breaks all %s; some must still pass, a bug is no broken build", tests(failed))
	case share > p.Options.MaxBrokenShare:
		return fail("the bug breaks %d of %s, a share of %.2f; at most %v may break, a bug is no broken build",
			failed, tests(failed+passed), share, p.Options.MaxBrokenShare)
	}
	return pass("the bug breaks %d of %s", failed, tests(failed+passed))
}

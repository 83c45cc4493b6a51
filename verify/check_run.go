package verify

import (
	"context"
	"fmt"
	"slices"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/suite"
)

var parser = Check{
	Name: "parser",
	Doc: `the parser reads the logs of the script

On the real log of the original it ends with 0 and writes one flat object of
known statuses with at least one entry, the same when asked twice, and it works
on the logs of the buggy and the weakened tree too (ours, from the paper's
"reliably"). Where the test runner is a known one, the parser may not say that
everything passed when the runner says otherwise.`,
	Run: func(ctx context.Context, p *Pass) (Verdict, error) {
		original, err := p.repeated(ctx, "original")
		if err != nil {
			return Verdict{}, err
		}
		p.first = original[0]
		if v, ok := readable(original); !ok {
			return v, nil
		}
		read := original
		for _, state := range []string{"bug", "weakened"} {
			r, err := p.runs.wait(ctx, state, 0)
			if err != nil {
				return Verdict{}, err
			}
			if r.Problem != nil && r.Problem.Kind.OfParser() {
				return fail("%s: %s", r.name, r.Problem).runs(r).log(r), nil
			}
			read = append(read, r)
		}
		return pass("reads the logs of the original, the bug and the weakened tests").runs(read...), nil
	},
}

// readable judges the parser by the logs of the original. Where the script went
// wrong, the check "script" will say so; a parser that can read what there is
// of a log is not to blame, and of another nothing can be said.
func readable(original []*run) (Verdict, bool) {
	for _, r := range original {
		switch {
		case r.Problem == nil || r.Problem.Kind.OfParser():
		case original[0].Readable:
			return pass("reads what the script printed on the original").runs(original...), false
		default:
			return Verdict{Finding: "not run: script failed", open: true}, false
		}
	}
	if v, bad := broken(original...); bad {
		return v, false
	}
	for _, r := range original {
		if len(r.Results) == 0 {
			return fail("%s: the parser reported no test at all; every test that was run must have an entry", r.name).runs(r).log(r), false
		}
		if against := r.claimsMore(); against != "" {
			return fail("%s: the parser reports %s and none that failed, but %s; every test that was run must have an entry",
				r.name, tests(len(r.Results)), against).runs(r).log(r), false
		}
	}
	return Verdict{}, true
}

// claimsMore says what speaks against a map in which nothing failed.
func (r *run) claimsMore() string {
	if len(r.Results.With(suite.Failed))+len(r.Results.With(suite.Error)) > 0 {
		return ""
	}
	return r.Testimony.Against()
}

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

var breaks = Check{
	Name: "bug",
	Doc: `the bug breaks some tests, and not nearly all

Of the tests that pass on the original, at least min_failing_tests do not pass
with the bug: they fail, have an error, are skipped, or are missing, which is
counted apart (paper, section 2.3, and ours). At least one still passes, and no
more than max_broken_share break, so that a bug is no build break (ours). The
bug is run repeats times; a test whose runs differ is flaky and leaves the
oracle.`,
	Facts: bugApplies,
	Run: func(ctx context.Context, p *Pass) (Verdict, error) {
		buggy, err := p.repeated(ctx, "bug")
		if err != nil {
			return Verdict{}, err
		}
		if v, bad := broken(buggy...); bad {
			return v, nil
		}
		missing := p.measure(buggy)
		v := p.broke()
		if !v.Passed {
			v = v.log(buggy[0])
		}
		return v.ids("fail_to_pass", p.failToPass).count("pass_to_pass", len(p.passToPass)).
			ids("missing", missing).ids("flaky", p.flaky).runs(buggy...), nil
	},
}

// measure sets FAIL_TO_PASS and PASS_TO_PASS, and returns what of the former is
// missing with the bug. An id that passes in one run of the bug and not in
// another is in neither.
func (p *Pass) measure(buggy []*run) (missing []string) {
	p.failToPass, p.passToPass = []string{}, []string{}
	for _, id := range p.steady.With(suite.Passed) {
		passes := 0
		for _, r := range buggy {
			if r.Results[id] == suite.Passed {
				passes++
			}
		}
		switch passes {
		case 0:
			p.failToPass = append(p.failToPass, id)
		case len(buggy):
			p.passToPass = append(p.passToPass, id)
		default:
			p.flaky = append(p.flaky, id)
		}
	}
	slices.Sort(p.flaky)
	return buggy[0].Results.Missing(p.failToPass)
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

var weakening = Check{
	Name: "weakening",
	Doc: `the weakening hides the bug from some tests

With bug and weakening applied, at least one test that failed is hidden: it
passes now, or it is missing because it was deleted (paper, section 2.3; deletion
counts, since the paper's prompts invite it). Some is enough, not all of them
must be. Other tests still pass, so that no broken test file passes for a
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
	return pass("%d of %s that the bug breaks are hidden", len(p.hidden), tests(len(p.failToPass)))
}

package verify

import (
	"context"

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
			if !p.runs.has(state) {
				continue // the facts of its check are wrong
			}
			r, err := p.runs.wait(ctx, state, 0)
			if err != nil {
				return Verdict{}, err
			}
			if r.Problem != nil && r.Problem.Kind.OfParser() {
				return fail("%s: %s", r.name, r.Problem).runs(r).log(r), nil
			}
			read = append(read, r)
		}
		return pass("reads the logs of %s", logs(p.runs)).runs(read...), nil
	},
}

// logs names the states whose logs the parser has read.
func logs(runs *schedule) string {
	switch {
	case runs.has("weakened"):
		return "the original, the bug and the weakened tests"
	case runs.has("bug"):
		return "the original and the bug"
	}
	return "the original"
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

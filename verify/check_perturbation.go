package verify

import (
	"context"
	"slices"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/suite"
)

var perturbation = Check{
	Name: "perturbation",
	Doc: `comments and blank lines of the code change nothing

Only with the option Perturb, and ours (the paper names it as future work). To
every code file that the bug touches, blank lines and a comment are added, on the
original and with the bug, and the tests say what they said before, flaky ones
aside. Tests that are seeded by the code's own hash, or that recognise the bug by
a file's bytes or size, do not.

A difference counts when it is there in each of repeats runs. Files of languages
whose comments are not known stay as they are; where there are no others the
check passes, and says so. Lines are added at the end of a file, since elsewhere
they could break a build constraint or an encoding line, and would move line
numbers that a test may rightly know.`,
	Facts: perturbs,
	Run: func(ctx context.Context, p *Pass) (Verdict, error) {
		if p.perturbed == nil {
			return pass("no file of the bug is in a language whose comments are known"), nil
		}
		var runs []*run
		for _, state := range []perturbedState{
			{"original, perturbed", p.perturbed.original, p.steady.With(suite.Passed), notPassed(p.steady)},
			{"bug, perturbed", p.perturbed.broken, p.passToPass, p.failToPass},
		} {
			last, changed, err := p.changed(ctx, state)
			if err != nil {
				return Verdict{}, err
			}
			if runs = append(runs, last); len(changed) > 0 {
				return fail("%s: a comment and blank lines in %s change the result of %s (%s)%s; no test may depend on the bytes of the code",
					state.name, files(len(p.perturbed.files)), tests(len(changed)), few(changed), because(last)).
					ids("changed", changed).files(p.perturbed.files...).runs(runs...).log(last), nil
			}
		}
		return pass("a comment and blank lines in %s change nothing", files(len(p.perturbed.files))).
			files(p.perturbed.files...).runs(runs...), nil
	},
}

// A perturbedState is a tree with comments added, and what its tests are to say.
type perturbedState struct {
	name         string
	tree         *repo.Tree
	passing, not []string
}

func notPassed(results suite.Results) (list []string) {
	for id, status := range results {
		if status != suite.Passed {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

// changed lists which tests pass and should not, or the other way round, in every
// run of a state. Only the first run is planned.
func (p *Pass) changed(ctx context.Context, s perturbedState) (last *run, changed []string, err error) {
	for repetition := range p.Options.Repeats {
		if repetition == 0 {
			last, err = p.runs.wait(ctx, s.name, 0)
		} else {
			last, err = p.runs.more(ctx, request{state: s.name, tree: s.tree, repetition: repetition})
		}
		if err != nil {
			return nil, nil, err
		}
		differs := slices.Concat(last.flipped(s.not), last.unlike(s.passing))
		if repetition > 0 {
			differs = slices.DeleteFunc(differs, func(id string) bool { return !slices.Contains(changed, id) })
		}
		if changed = differs; len(changed) == 0 {
			break
		}
	}
	slices.Sort(changed)
	return last, changed, nil
}

// unlike lists which of some passing tests do not pass in a run.
func (r *run) unlike(passing []string) []string {
	passes := r.flipped(passing)
	return slices.DeleteFunc(slices.Clone(passing), func(id string) bool { return slices.Contains(passes, id) })
}

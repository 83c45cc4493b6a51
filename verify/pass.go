package verify

import (
	"context"
	"errors"
	"fmt"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/suite"
)

// A Pass is one artifact before the checks: what they look at, and what those
// before have measured for those after.
type Pass struct {
	Options  Options // complete: no zero stands for a default
	Snapshot *repo.Snapshot
	Artifact *bug.Artifact

	// The trees. A tree is nil when its patch does not apply, which the facts
	// of the check that needs it say.
	Original             *repo.Tree
	Broken               *repo.Tree // original + bug
	Weakened             *repo.Tree // original + bug + weakening
	brokenBy, weakenedBy error

	runs *schedule

	// Measured by the checks, in order.
	first      *run          // of the original
	steady     suite.Results // script: the original's results that repetitions agree on
	flaky      []string      // script and bug: what repetitions do not agree on
	failToPass []string      // bug
	passToPass []string      // bug
	hidden     []string      // weakening
	undone     []*repo.Tree  // inverse-mutation: broken, with one entry undone each
	perturbed  *perturbed    // perturbation; nil: no file can be
}

// newPass applies the patches. The error is the host's.
func newPass(options Options, snapshot *repo.Snapshot, artifact *bug.Artifact) (*Pass, error) {
	p := &Pass{Options: options, Snapshot: snapshot, Artifact: artifact, Original: snapshot.Tree}
	var err error
	if p.Broken, p.brokenBy, err = apply(artifact.Inject, p.Original); err != nil || p.Broken == nil {
		return p, err
	}
	p.Weakened, p.weakenedBy, err = apply(artifact.Weaken, p.Broken)
	return p, err
}

// apply separates a patch that does not fit, the player's fault, from the
// host's errors.
func apply(patch *bug.Patch, tree *repo.Tree) (after *repo.Tree, misfit, err error) {
	after, err = patch.Apply(tree)
	if _, ok := errors.AsType[*bug.ApplyError](err); ok {
		return nil, err, nil
	}
	return after, nil, err
}

// suite is what every run of the artifact runs.
func (p *Pass) suite() suite.Suite {
	return suite.Suite{Script: p.Artifact.Script, Parser: p.Artifact.Parser, Oracle: p.Artifact.TestFiles}
}

// plan lists the runs that some checks need, in the order in which they ask for
// them.
func (p *Pass) plan(checks []Check) (list []request) {
	for _, check := range checks {
		switch check.Name {
		case script.Name: // and the parser, before it
			for i := range p.Options.Repeats {
				list = append(list, request{state: "original", tree: p.Original, repetition: i, twice: i == 0})
			}
		case breaks.Name:
			for i := range p.Options.Repeats {
				list = append(list, request{state: "bug", tree: p.Broken, repetition: i})
			}
		case weakening.Name:
			list = append(list, request{state: "weakened", tree: p.Weakened})
		case inverseMutation.Name:
			for i, tree := range p.undone {
				list = append(list, request{state: p.undoing(i), tree: tree})
			}
		case perturbation.Name:
			if p.perturbed != nil {
				list = append(list, request{state: "original, perturbed", tree: p.perturbed.original},
					request{state: "bug, perturbed", tree: p.perturbed.broken})
			}
		}
	}
	return list
}

// undoing names the state in which the i-th entry of the bug is undone.
func (p *Pass) undoing(i int) string {
	return "undo " + suite.Printable(place(p.Artifact.Inject.Entries[i]))
}

// place names the file of an entry.
func place(e *bug.Entry) string {
	if e.New == "" {
		return e.Old
	}
	return e.New
}

// repeated returns the runs of a state, one for each repetition.
func (p *Pass) repeated(ctx context.Context, state string) ([]*run, error) {
	var list []*run
	for i := range p.Options.Repeats {
		r, err := p.runs.wait(ctx, state, i)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// broken returns a verdict on the first run that went wrong, if one did.
func broken(runs ...*run) (Verdict, bool) {
	for _, r := range runs {
		if r.Problem != nil {
			return fail("%s: %s", r.name, r.Problem).runs(runs...).log(r), true
		}
	}
	return Verdict{}, false
}

func results(runs []*run) []suite.Results {
	list := make([]suite.Results, len(runs))
	for i, r := range runs {
		list[i] = r.Results
	}
	return list
}

// A run is a suite's run with its name.
type run struct {
	name string
	*suite.Run
}

func (r *run) evidence() RunEvidence {
	statuses := map[string]int{}
	for _, status := range r.Results {
		statuses[status.String()]++
	}
	e := RunEvidence{
		Name:     r.name,
		Ended:    r.Class.String(),
		ExitCode: r.ExitCode,
		Statuses: statuses,
		Seconds:  (r.Wall + r.Parsing).Seconds(),
		Saved:    r.Saved,
	}
	if r.Problem != nil {
		e.Problem = r.Problem.Text
	}
	return e
}

// numbered names a repetition of a state.
func numbered(state string, repetition int) string {
	return fmt.Sprintf("%s #%d", state, repetition+1)
}

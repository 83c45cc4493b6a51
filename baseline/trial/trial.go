// Package trial tries many candidate edits against the tests of one tree: what
// is dear, building and starting, is done once, and a trial costs little more
// than the tests that it asks for.
//
//	bench, err := trial.Open(ctx, subject, seen, candidates, trial.Options{})
//	defer bench.Close()
//	out, err := bench.Try(ctx, trial.Try{Candidates: []int{17}, Tests: covering, Early: true})
//
// [Open] takes the candidates of a whole search. For Go they are compiled into
// the test binaries, all at once, and a trial is one process that is told by its
// environment which of them it has ([mutate.Switch]). For Python a process has
// imported runner and tree, and a trial is a fork of it. Where a framework has no
// such way, a trial is a run with the edited file in its place.
//
// A trial is evidence, not proof. A bench is checked once, with no candidate:
// tests that end in another way than in the survey are left out, and
// [Bench.Without] lists them. But a copy of a function is not the function: it
// has another name in a trace, it may be inlined where the original is not. So a
// winner counts only after its real patch went through the real suite; what a
// trial saves is the thousand that do not win.
//
// A trial runs in a sandbox that one worker keeps, with one processor, and is
// reset after every process: no trial sees what another wrote. What has not come
// to its end (a panic, an exit, a loop) has said nothing about the tests that
// are missing, and missing is not passed. Loops are told by processor time, a
// multiple of what the control run used, so that a busy machine gives the same
// answers as an idle one.
//
// The repository's code prints the lines that are read here, and could forge
// them. It gains nothing: it would win a search whose result the judge refuses.
//
// Left out, and why:
//   - Many candidates in one process one after the other, as emoss08/assay has
//     them: it saves the 3 ms of a process, and lets one candidate's globals decide
//     about the next.
//   - Coverage: package survey has it; who asks for tests asks for those that
//     cover the edit.
//   - Waiting for a real clock: no candidate is better because it is quicker.
package trial

import (
	"context"
	"fmt"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/mutate"
)

// A Bench holds candidate edits of one tree, ready to be tried. It is safe for
// concurrent use.
type Bench interface {
	// Try runs tests with the candidates of some indices applied together, and
	// says what became of each. Candidates in one function exclude each other.
	Try(ctx context.Context, t Try) (Outcome, error)
	// Left lists candidates that cannot be switched on in a program that is
	// ready (they may not even compile). A trial with one of them builds the
	// tree anew with the real edits, which takes as long as a build does;
	// where that fails, nothing passed.
	Left() []int
	// Without lists tests of the survey that no trial runs, since with no
	// candidate they end here in another way than in the survey; sorted.
	Without() []string
	Close() error
}

// A Try asks for one trial.
type Try struct {
	Candidates []int    // applied together; none: the tree as it is
	Tests      []string // ids of survey.Test; nil: all
	Early      bool     // stop when the first of them does not pass
}

// An Outcome is what a trial showed of the tests that it was asked for. One in
// neither list was skipped, did not run, or died.
type Outcome struct {
	Passed []string // sorted
	Failed []string // sorted
	Ended  bool     // the tests came to their end: no timeout, crash or early stop
}

// Open makes a bench of candidates, all against the subject's tree.
func Open(ctx context.Context, s survey.Subject, seen *survey.Survey, candidates []mutate.Edit, o Options) (Bench, error) {
	switch seen.Framework {
	case survey.GoTest:
		return openGo(ctx, s, seen, candidates, o)
	case survey.Pytest, survey.Unittest:
		return openPython(ctx, s, seen, candidates, o)
	case survey.NodeTest:
		return openNode(ctx, s, seen, candidates, o)
	}
	return nil, fmt.Errorf("trial: tests of %q are not known here", seen.Framework)
}

// Options bound a bench.
type Options struct {
	Parallel int // trials at one time; default GOMAXPROCS
}

// Package trial tries many candidate edits against the tests of one tree.
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

// An Outcome is what a trial showed. A test in neither list did not run, or
// died.
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
	}
	return nil, fmt.Errorf("trial: tests of %q are not known here", seen.Framework)
}

// Options bound a bench.
type Options struct {
	Parallel int // trials at one time; default GOMAXPROCS
}

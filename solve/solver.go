package solve

import (
	"context"

	"github.com/selfplay-swe/ssr/agent"
)

// A Solver repairs bugs. It is safe for concurrent use; the engine takes the
// patch from Desk.Box when it returns. An error is the machine's or ctx's.
type Solver interface {
	Solve(ctx context.Context, d *Desk) (Ending, error)
}

// An Ending is what a solver says when it is done.
type Ending struct {
	Stop   Stop
	Record []byte // JSON: what it did, for who learns from it; may be nil
}

// A Stop says how an attempt ended: the words are package agent's, which has more
// of them. A solver without a model needs two.
type Stop = agent.Stop

// How a solver without a model ends.
const (
	Submitted = agent.Submitted // it says that it is done
	GaveUp    = agent.GaveUp    // its budget was used up
)

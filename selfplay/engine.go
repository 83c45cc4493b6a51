package selfplay

import (
	"context"
	"log/slog"
	"time"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/verify"
	"github.com/selfplay-swe/ssr/work"
)

// An Engine plays the game. Its fields are set once.
type Engine struct {
	Provider sandbox.Provider
	Injector inject.Injector
	Solver   solve.Solver
	Reward   Reward         // nil: reward.Rule of Attempts
	Verify   verify.Options // of the judge

	Attempts    int                // G; default 8
	Strategies  []WeightedStrategy // drawn by weight, per round; nil: removal and history, 1:1
	SecondOrder SecondOrder
	Private     float64 // share of the specification that is withheld and only scores; 0: none
	Similar     float64 // normalised diffs at least so alike are duplicates; default 0.9; above 1: never
	Seed        uint64
	Stages      Stages

	Repo     repo.Options
	Setup    sandbox.Setup
	Archive  Archive         // what is kept; nil: in memory, for this play
	Executor work.Executor   // of Handlers; nil: in this process, journalled nowhere
	Parallel int             // rounds at one time; default: GOMAXPROCS; part of the play's configuration, since a round's target depends on those before it
	Quit     <-chan struct{} // closed: no round is begun, those that are go on; nil: never
	Progress func(Event)     // one at a time; may be nil, must not block
	Logger   *slog.Logger
}

// Reward is the arithmetic of the game; reward.Rule is the paper's.
type Reward interface {
	Inject(valid bool, solved, counted int) (pay float64, scored bool, err error)
	Solve(solved bool) float64
	Validate() error
}

// A WeightedStrategy is drawn with a probability proportional to Weight.
type WeightedStrategy struct {
	Strategy inject.Strategy `json:"strategy"`
	Weight   float64         `json:"weight"`
}

// SecondOrder says how failed attempts become bugs (rules, section 5).
type SecondOrder struct {
	Children int `json:"children"` // of one bug, at most; 0: none
	Attempts int `json:"attempts"` // on each; default: as on the parent
}

// A Stage's limit bounds how many of its steps are done at one time, and how long
// one may take. Zero: the default.
type Stage struct {
	Limit   int           `json:"limit"`
	Timeout time.Duration `json:"timeout"`
}

// Stages are the stages of a round.
type Stages struct {
	Prepare, Inject, Verify, Attempt, Grade Stage
	Retries                                 int // of a step, after a fault of the machine; default 2
}

// An Archive keeps what was played. Everything is durable when a method returns.
type Archive interface {
	// Begin opens a play of the given configuration, or goes on with it. A play
	// of another configuration in the same archive is refused.
	Begin(ctx context.Context, config Config) error
	Put(ctx context.Context, blob []byte) (Ref, error)
	Blob(ctx context.Context, ref Ref) ([]byte, error)
	Save(ctx context.Context, round *Round) error
}

// A Config is what a play's content depends on.
type Config struct {
	Version string `json:"version"`
	// every option of the engine, complete, with the names of the players
}

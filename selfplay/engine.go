package selfplay

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/verify"
	"github.com/selfplay-swe/ssr/work"
	"github.com/selfplay-swe/ssr/work/local"
)

// An Engine plays the game. Its fields are set once, before its first method is
// called; zero means the default.
type Engine struct {
	Provider sandbox.Provider
	Injector inject.Injector
	Solver   solve.Solver
	Reward   Reward         // nil: the paper's reward.Rule; a reward.Rule without Attempts takes the engine's
	Verify   verify.Options // of the judge

	Attempts    int                // G, on each bug; default 8, at most 1024
	Strategies  []WeightedStrategy // drawn by weight, per round; nil: removal and history, 1:1. A source without a commit has no history, which is not drawn there
	SecondOrder SecondOrder
	Private     float64 // share of the specification that is withheld and only scores, below 1; 0: none
	Similar     float64 // bugs whose changes are at least so alike are duplicates; default 0.9; above 1: only equal ones
	Seed        uint64
	Parallel    int // rounds at one time; default GOMAXPROCS, at most 1024. Part of the play's configuration: a round's target depends on those before it
	Stages      Stages

	Cache    string          // the folder of snapshots, of what their tests need, and of runs; default as repo.Options
	Archive  Archive         // what is kept; nil: in memory, for as long as the Engine
	Executor work.Executor   // of Kinds; whoever made it ends it. nil: one in this process, for as long as the play, journalled nowhere
	Quit     <-chan struct{} // closed: sources that are being prepared are left, no round is begun, those that are go on to their end; nil: never
	Progress func(Event)     // what happens in this process, one at a time; may be nil, must not block
	Logger   *slog.Logger    // nil is silent

	once  sync.Once
	state *state
}

// A Source is a repository to play on.
type Source struct {
	Repo        string `json:"repo"`                  // as repo.Open takes it
	Rev         string `json:"rev,omitempty"`         // of a git repository; "": HEAD
	Uncommitted bool   `json:"uncommitted,omitempty"` // a checkout with its uncommitted changes
	Setup       string `json:"setup,omitempty"`       // the command that installs what the tests need; "": as sandbox.Setup
}

// Rounds plays n rounds over the sources, in turn, and yields them in the order
// of Index, each when it is archived. What was archived before is yielded again
// and not played again, so n counts from the first round that was ever played.
//
// The same configuration and seed give the same rounds, whatever the timing:
// round i is begun when round i-Parallel is archived, and what it is asked for
// is a function of the rounds up to that one.
//
// A source that cannot be played is left out, an Event says why, and the others
// go on; where none is left the error is a [*NoSourceError]. An impossible
// option is an [*OptionError], one of the judge's a [*verify.OptionError], before
// anything runs. An error ends the sequence;
// it is the caller's, the archive's, the executor's or ctx's. What the machine
// did to one round is in the Round.
//
// When the sequence has ended, by itself, by ctx or because the caller broke off,
// nothing of it runs any more, but for groups that were begun on an Executor of
// the caller's.
func (e *Engine) Rounds(ctx context.Context, sources []Source, n int) iter.Seq2[*Round, error] {
	return func(yield func(*Round, error) bool) {
		if err := e.play(ctx, sources, n, yield); err != nil {
			yield(nil, err)
		}
	}
}

// play yields the rounds. It returns the error that kept it from beginning.
func (e *Engine) play(ctx context.Context, sources []Source, n int, yield func(*Round, error) bool) error {
	if err := e.Validate(sources, n); err != nil {
		return err
	}
	p := &play{Engine: e, state: e.shared(), executor: e.Executor}
	config := p.config
	config.Sources = sources
	if err := p.archive.Begin(ctx, config); err != nil {
		return fmt.Errorf("play: %w", err)
	}
	if p.executor == nil {
		executor, err := local.New(nil, e.Kinds())
		if err != nil {
			return err
		}
		defer executor.Close()
		p.executor = executor
	}
	p.id = config.key()
	preparing, stop := p.untilQuit(ctx)
	defer stop()
	if err := p.prepare(preparing, sources); err != nil && !p.quitting() || ctx.Err() != nil {
		return cmp.Or(context.Cause(ctx), err)
	}
	p.rounds(ctx, n, yield)
	return nil
}

// Reward is the arithmetic of the game; reward.Rule is the paper's.
type Reward interface {
	// Inject pays for an artifact: valid says whether the judge accepted it, and of
	// the counted attempts on it solved succeeded, 0 of 0 where it did not. Not
	// scored, nobody is paid for the bug, its solvers neither. An error ends the
	// play.
	Inject(valid bool, solved, counted int) (pay float64, scored bool, err error)
	Solve(solved bool) float64 // pays for an attempt that counts
	Validate() error           // refuses a rule that cannot pay, before anything runs
}

// A WeightedStrategy is drawn with a probability proportional to Weight.
type WeightedStrategy struct {
	Strategy inject.Strategy `json:"strategy"`
	Weight   float64         `json:"weight"`
}

// SecondOrder says how failed attempts become bugs (rules, section 5).
type SecondOrder struct {
	Children int     `json:"children"` // of one bug, at most; 0: none
	Share    float64 `json:"share"`    // of the bugs that could have children, how many may; default 1, all
	Attempts int     `json:"attempts"` // on each; default: as on the parent
}

// A Stage's limit bounds how many of its steps are done at one time, and its
// timeout how long one may take. Zero: the default.
type Stage struct {
	Limit   int           `json:"limit"`   // default GOMAXPROCS
	Timeout time.Duration `json:"timeout"` // default 30 minutes
}

// Stages bound the stages of a round. A step that is lost to the machine, or to
// its timeout, is done again Retries times. No verdict depends on them.
type Stages struct {
	Prepare, Inject, Verify, Attempt, Grade Stage
	Retries                                 int // default 2; below 0: none
}

// An Archive keeps what was played. Everything is durable when a method returns.
// It is safe for concurrent use.
type Archive interface {
	// Begin opens a play of the given configuration, or goes on with it. A play
	// of another configuration in the same archive is refused.
	Begin(ctx context.Context, config Config) error
	Put(ctx context.Context, blob []byte) (Ref, error)
	Blob(ctx context.Context, ref Ref) ([]byte, error)

	// Save keeps a round. Saving the same round again changes nothing.
	Save(ctx context.Context, round *Round) error
}

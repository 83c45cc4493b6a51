package selfplay

import (
	"context"
	"fmt"
	"sync"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/work"
)

// A play is one call of Rounds: the coordinator, which says what is to be done
// and puts together what came of it. The work is done by the steps.
type play struct {
	*Engine
	*state
	id       string // begins the names of its groups
	executor work.Executor
	fields   []field
	turns    []*turn  // rounds that were begun
	done     []*Round // of them, archived
}

// A field is a source that is played on.
type field struct {
	preparation
	targets []inject.Target
}

// A turn is a round that is played.
type turn struct {
	assignment
	field   *field
	before  *turn         // the round before it; nil: it is the first
	decided chan struct{} // closed when it is known what its bug is like, and that of every turn before
	like    *likeness     // of a bug that is no near-duplicate; nil: there is none
	round   chan *Round   // has room for it
	ours    bool          // no earlier process began it; known with round
	failed  error         // if round is closed without one
}

// rounds plays n rounds. Never more than Parallel are begun and not yet yielded,
// and one is begun when the one so many before it was. When it returns nothing
// of them runs, but what an executor of the caller's goes on with.
func (p *play) rounds(ctx context.Context, n int, yield func(*Round, error) bool) {
	var running sync.WaitGroup
	defer running.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	p.begin(ctx, &running, n)
	for len(p.done) < len(p.turns) {
		round, err := p.next(ctx)
		if !yield(round, err) || err != nil {
			return
		}
		p.begin(ctx, &running, n)
	}
}

// begin begins as many rounds as there may be.
func (p *play) begin(ctx context.Context, running *sync.WaitGroup, n int) {
	for len(p.turns) < min(n, len(p.done)+p.config.Parallel) && !p.quitting() {
		t := p.turn()
		p.turns = append(p.turns, t)
		running.Go(func() {
			defer close(t.round)
			round, err := p.round(ctx, t)
			if t.failed = err; err == nil {
				t.round <- round
			}
		})
	}
}

// untilQuit ends a context when Quit is closed. Stop ends it, and what watches.
func (p *play) untilQuit(ctx context.Context) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-p.Quit:
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() { cancel(); watching.Wait() }
}

func (p *play) quitting() bool {
	select {
	case <-p.Quit:
		return true
	default:
		return false
	}
}

// next waits for the first round that is not done, and archives it.
func (p *play) next(ctx context.Context) (*Round, error) {
	t := p.turns[len(p.done)]
	round, ok := <-t.round
	if !ok && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if !ok {
		return nil, fmt.Errorf("play: round %d: %w", t.Round+1, t.failed) // counted from 1 in everything that people read
	}
	if err := p.lost(round); err != nil {
		return nil, err
	}
	if err := p.archive.Save(ctx, round); err != nil {
		return nil, fmt.Errorf("play: archive round %d: %w", t.Round+1, err)
	}
	p.done = append(p.done, round)
	return round, nil
}

// inARow is how many rounds may be lost to the machine one after the other
// before it is plain that the next will be, too.
const inARow = 8

// lost gives up when too many rounds were lost to the machine in a row, all begun
// by this process: those that an earlier one lost stay lost, and the machine may
// be whole again.
func (p *play) lost(last *Round) error {
	n := len(p.done)
	if last.Errored == "" || n < inARow-1 {
		return nil
	}
	for i := range inARow {
		if t := p.turns[n-i]; !t.ours || i > 0 && p.done[n-i].Errored == "" {
			return nil
		}
	}
	return fmt.Errorf("play: %d rounds in a row were lost to the machine, the last one so: %s", inARow, last.Errored)
}

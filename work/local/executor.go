// Package local is the executor of package work in this process: every change of
// what is done is one transaction of a journal, written before anyone can see it.
//
// A change goes in three strokes, under one lock. First the executor's picture of
// its groups changes in memory: an output arrives, the chain moves on, steps whose
// turn it is are taken from their pools. Then the journal gets all of that in one
// transaction. Only then are the steps begun and those that wait told. So nothing
// is announced that a power cut could take back, a try is counted before it is
// begun, and a step costs one durable commit: the one that keeps its output also
// counts the first try of the next.
//
// What is done again after a process was killed is what ran at that moment, no
// more. A step that was lost so is tried again, but not for ever: it may be what
// kills the process. Tries that ended with an error are counted apart from those,
// and only they use up a kind's Retries; else an outcome would depend on how often
// a process was killed. A try that was interrupted by Close is not counted.
//
// The journal is a database of the caller's, in SQLite, its tables named work_;
// whoever else writes to it shares its one writer. Without one, the executor
// remembers until it is closed.
//
// Left out: a pause before a try (a machine's fault that needs minutes to go away
// outlasts any pause worth waiting for), batches of several commits (the lock
// would have to be given up in the middle of a change; a commit takes a quarter of
// a millisecond, and steps take seconds), and the removal of old groups (Start
// must know them for ever).
package local

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/selfplay-swe/ssr/work"
)

// maxLost is how many tries of a step may be lost with their process until it
// fails for good. It is far above Retries, since it cannot be told who killed a
// process: the first steps of a play that a person stops and starts again are
// lost each time, and are not to blame.
const maxLost = 100

// An Executor does groups of steps in this process. Make one with [New].
type Executor struct {
	ctx     context.Context // of all steps; its end is the executor's, its cause why
	stop    context.CancelCauseFunc
	running sync.WaitGroup
	pools   map[string]*pool // by kind

	mu      sync.Mutex // of all below, of pools, groups and chains
	journal journal
	groups  map[string]*group // begun, and not read from the journal when asked for
	last    int64             // number of the group that was started last
	begun   []try             // in this change
	done    []*group          // in this change
}

// New makes an executor of steps of these kinds. Its journal is a SQLite database
// with synchronous=FULL, that of one executor at a time; nil: it keeps nothing.
//
// New begins nothing: a group that an earlier process left unfinished goes on when
// it is started again or waited for.
func New(db *sql.DB, kinds map[string]work.Kind) (*Executor, error) {
	e := &Executor{pools: map[string]*pool{}, groups: map[string]*group{}}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		if err := kinds[name].Validate(); err != nil {
			return nil, fmt.Errorf("work/local: kind %q: %w", name, err)
		}
		e.pools[name] = newPool(kinds[name])
	}
	var err error
	if e.journal, err = openJournal(db); err != nil {
		return nil, fmt.Errorf("work/local: open journal: %w", err)
	}
	if e.last, err = e.journal.last(); err != nil {
		return nil, fmt.Errorf("work/local: open journal: %w", err)
	}
	e.ctx, e.stop = context.WithCancelCause(context.Background())
	return e, nil
}

// Close interrupts the steps that run and waits for them; nothing is begun any
// more. Its error is the journal's, if that failed. It does not close the database.
func (e *Executor) Close() error {
	e.mu.Lock()
	e.stop(work.ErrClosed)
	e.mu.Unlock()
	e.running.Wait()
	return e.journal.err
}

// Start implements [work.Executor].
func (e *Executor) Start(ctx context.Context, data work.Group) error {
	if err := data.Validate(e.kinds()); err != nil {
		return err
	}
	content, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return e.change(ctx, func() error {
		g, err := e.find(data.ID)
		switch {
		case err != nil:
			return err
		case g == nil:
			return e.start(content)
		case !bytes.Equal(g.content, content):
			return fmt.Errorf("work/local: start group %q: a group of this ID and with other content was started before", data.ID)
		}
		return nil
	})
}

// Wait implements [work.Executor].
func (e *Executor) Wait(ctx context.Context, id string) (*work.Outcome, error) {
	var g *group
	err := e.change(ctx, func() (err error) {
		if g, err = e.find(id); g == nil && err == nil {
			err = fmt.Errorf("work/local: wait for group %q: %w", id, work.ErrUnknown)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	select {
	case <-g.done:
		outcome := new(work.Outcome)
		return outcome, json.Unmarshal(g.outcome, outcome)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-e.ctx.Done():
		return nil, context.Cause(e.ctx)
	}
}

// Cancel implements [work.Executor].
func (e *Executor) Cancel(ctx context.Context, id string) error {
	return e.change(ctx, func() error {
		g, err := e.find(id)
		switch {
		case err != nil:
			return err
		case g == nil:
			return fmt.Errorf("work/local: cancel group %q: %w", id, work.ErrUnknown)
		case g.outcome == nil:
			e.cancelGroup(g)
		}
		return nil
	})
}

func (e *Executor) kinds() map[string]work.Kind {
	kinds := map[string]work.Kind{}
	for name, p := range e.pools {
		kinds[name] = p.Kind
	}
	return kinds
}

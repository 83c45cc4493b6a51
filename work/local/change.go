package local

import (
	"context"
	"errors"
	"fmt"

	"github.com/selfplay-swe/ssr/work"
)

// change makes a change that a caller asks for. A function that returns an error
// must not have changed anything.
func (e *Executor) change(ctx context.Context, f func() error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if e.ctx.Err() != nil {
		return context.Cause(e.ctx)
	}
	if err := f(); err != nil {
		return err
	}
	return e.commit()
}

// commit makes what changed durable, and then lets it be seen.
func (e *Executor) commit() error {
	e.dispatch()
	begun, done := e.begun, e.done
	e.begun, e.done = nil, nil
	if err := e.journal.write(); err != nil {
		e.stop(err)
		return err
	}
	for _, t := range begun {
		e.running.Go(func() { e.do(t) })
	}
	for _, g := range done {
		e.release(g)
	}
	return nil
}

// dispatch takes from the pools what can be begun.
func (e *Executor) dispatch() {
	if e.ctx.Err() != nil {
		return
	}
	for _, p := range e.pools {
		for c := p.pop(); c != nil; c = p.pop() {
			ctx, cancel := context.WithCancelCause(e.ctx)
			c.begun++
			c.cancel = cancel
			e.journal.addStep(c, step{begun: c.begun, failed: c.failed})
			e.begun = append(e.begun, try{c, ctx, cancel, c.input()})
		}
	}
}

// release tells those that wait that a group is done.
func (e *Executor) release(g *group) {
	close(g.done)
	if e.journal.db != nil {
		delete(e.groups, g.ID)
	}
}

// start begins a group that no journal knows.
func (e *Executor) start(content []byte) error {
	g, err := newGroup(content, e.last+1)
	if err != nil {
		return err
	}
	e.last = g.seq
	e.journal.addGroup(g)
	e.resume(g)
	return nil
}

// find returns a group that was started, by an earlier process too, which then
// goes on. It is nil if there is none.
func (e *Executor) find(id string) (*group, error) {
	if g := e.groups[id]; g != nil {
		return g, nil
	}
	g, err := e.journal.load(id)
	if err != nil {
		return nil, fmt.Errorf("work/local: read journal: group %q: %w", id, err)
	}
	if g == nil {
		return nil, nil
	}
	if g.outcome != nil {
		close(g.done)
		return g, nil
	}
	if err := g.Validate(e.kinds()); err != nil {
		return nil, err
	}
	e.resume(g)
	return g, nil
}

// resume lets a group go on from where it is.
func (e *Executor) resume(g *group) {
	e.groups[g.ID] = g
	for _, c := range g.tasks {
		e.queue(c)
	}
	e.settle(g)
}

// queue lets a chain's next step have its turn.
func (e *Executor) queue(c *chain) {
	if !c.over {
		e.pools[c.kind()].push(c)
	}
}

// ended takes in how a try ended.
func (e *Executor) ended(c *chain, output []byte, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pools[c.kind()].running--
	c.cancel = nil
	if work.IsFatal(err) {
		e.stop(err)
	}
	switch {
	case c.over: // cancelled, and what it returned came too late
	case err == nil:
		e.journal.addStep(c, step{begun: c.begun, failed: c.failed, done: true, output: output})
		c.advance(output)
	case e.ctx.Err() != nil: // interrupted, or fatal
		c.begun--
		e.journal.addStep(c, step{begun: c.begun, failed: c.failed})
	default:
		e.failed(c, err)
	}
	e.queue(c)
	e.settle(c.group)
	e.commit() // an error stops the executor, and is told by Wait and Close
}

// failed takes in that a try ended with an error.
func (e *Executor) failed(c *chain, err error) {
	c.failed++
	final := work.IsPermanent(err) || c.failed > e.pools[c.kind()].Retries
	e.journal.addStep(c, step{begun: c.begun, failed: c.failed, err: err.Error(), final: final})
	if final {
		c.fail(err.Error())
	}
}

// settle draws the consequences of chains that are over.
func (e *Executor) settle(g *group) {
	if g.outcome != nil {
		return
	}
	if g.quorate() {
		cancel(g.tasks...)
	}
	switch {
	case g.waits():
	case g.finish == nil || g.finish.over:
		e.end(g, "")
	case !g.finish.due:
		e.queue(g.finish)
	}
}

// cancelGroup ends a group before it is done.
func (e *Executor) cancelGroup(g *group) {
	cancel(g.tasks...)
	if g.finish != nil {
		cancel(g.finish)
	}
	e.end(g, work.Cancelled)
}

// end keeps a group's outcome.
func (e *Executor) end(g *group, err string) {
	g.end(err)
	e.journal.addOutcome(g)
	e.done = append(e.done, g)
}

// cancel ends chains that are not over. What runs of them is told to stop; it
// keeps its place in its pool until it has.
func cancel(chains ...*chain) {
	for _, c := range chains {
		if c.over {
			continue
		}
		c.fail(work.Cancelled)
		if c.cancel != nil {
			c.cancel(errCancelled)
		}
	}
}

var errCancelled = errors.New("the task was cancelled")

// Package worktest is the conformance suite of package work: what is true of every
// [work.Executor], said by playing one.
//
// [Test] holds for an executor while it lives, [TestJournal] for one that is made
// again over the journal of an earlier one. The cases wait for what handlers do
// and never for time to pass, but for the one of timeouts, so that they hold for
// an executor that is far away too. Killing a process in the middle is left to an
// executor's own tests, which know where its handlers run.
package worktest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/work"
)

// An Executor is one that ends: Close interrupts what runs and waits for it.
type Executor interface {
	work.Executor
	Close() error
}

// An Open makes an executor of kinds whose journal is in a folder; made again over
// the same folder it goes on with the same journal.
type Open func(t testing.TB, dir string, kinds map[string]work.Kind) Executor

// Test runs the cases of an executor that lives.
func Test(t *testing.T, open Open) { run(t, open, living) }

// TestJournal runs the cases of an executor that is made again.
func TestJournal(t *testing.T, open Open) { run(t, open, restarted) }

// A lab is what a case works with.
type lab struct {
	*testing.T
	open Open
	dir  string
}

func run(t *testing.T, open Open, cases map[string]func(*lab)) {
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		t.Run(name, func(t *testing.T) { cases[name](&lab{t, open, t.TempDir()}) })
	}
}

// executor makes one over the case's journal; it is closed with the case.
func (l *lab) executor(kinds map[string]work.Kind) Executor {
	e := l.open(l, l.dir, kinds)
	l.Cleanup(func() { e.Close() })
	return e
}

// outcome starts a group and waits for it.
func (l *lab) outcome(e work.Executor, g work.Group) *work.Outcome {
	require.NoError(l, e.Start(l.Context(), g))
	return l.wait(e, g.ID)
}

func (l *lab) wait(e work.Executor, id string) *work.Outcome {
	outcome, err := e.Wait(l.Context(), id)
	require.NoError(l, err)
	return outcome
}

// tasks makes one task of the same steps for each ID; its input is its ID.
func tasks(steps []string, ids ...string) (list []work.Task) {
	for _, id := range ids {
		list = append(list, work.Task{ID: id, Steps: steps, Input: []byte(id)})
	}
	return list
}

// echo returns its input, with the name of the step behind it.
func echo(name string) work.Handler {
	return func(_ context.Context, in work.Input) ([]byte, error) {
		return append(in.Data, name...), nil
	}
}

// join returns all outputs, and the errors of those that have none.
func join(_ context.Context, in work.Input) (all []byte, _ error) {
	for _, r := range in.Results {
		all = append(all, r.Task+"="+string(r.Output)+r.Error+" "...)
	}
	return all, nil
}

// A calls is a list that handlers write.
type calls struct {
	mu   sync.Mutex
	list []string
}

func (c *calls) add(call string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, call)
}

func (c *calls) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.list)
}

// hang returns when ctx ends, and says on a channel that it runs.
func hang(running chan<- string) work.Handler {
	return func(ctx context.Context, in work.Input) ([]byte, error) {
		running <- in.Task
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
}

package verify

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/suite"
)

// A request names a run: a state of the repository and a repetition.
type request struct {
	state      string
	tree       *repo.Tree
	repetition int
	twice      bool
}

// A schedule makes the runs of one pass side by side. It starts them in the
// order of the plan, without waiting to be asked, because an artifact that is
// worth something needs all of them; a verdict only waits for the runs that it
// rests on, in its own order, so that no verdict depends on which run was
// faster. Runs that nothing waited for do not count.
type schedule struct {
	runner *suite.Runner
	suite  suite.Suite
	slots  *semaphore.Weighted
	tell   func(Event)

	cancel  context.CancelFunc
	group   sync.WaitGroup
	mu      sync.Mutex
	planned map[string]*future
	done    int

	made, saved int // runs that a verdict waited for
}

// A future is a run that was started or will be.
type future struct {
	request
	ready   chan struct{}
	run     *run
	err     error
	counted bool
}

// start begins with the plan. The caller must call stop.
func start(ctx context.Context, runner *suite.Runner, s suite.Suite, parallel int, tell func(Event), plan []request) *schedule {
	ctx, cancel := context.WithCancel(ctx)
	sch := &schedule{
		runner:  runner,
		suite:   s,
		slots:   semaphore.NewWeighted(int64(parallel)),
		tell:    tell,
		cancel:  cancel,
		planned: map[string]*future{},
	}
	var list []*future
	for _, req := range plan {
		list = append(list, sch.add(req))
	}
	sch.group.Go(func() { sch.launch(ctx, list) })
	return sch
}

// stop ends whatever runs, and waits for it.
func (s *schedule) stop() {
	s.cancel()
	s.group.Wait()
}

func (s *schedule) add(req request) *future {
	f := &future{request: req, ready: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.planned[numbered(req.state, req.repetition)] = f
	return f
}

// launch starts each run as soon as there is room.
func (s *schedule) launch(ctx context.Context, list []*future) {
	for _, f := range list {
		if err := s.slots.Acquire(ctx, 1); err != nil {
			f.err = err
			close(f.ready)
			continue
		}
		s.group.Go(func() {
			defer s.slots.Release(1)
			s.make(ctx, f)
		})
	}
}

func (s *schedule) make(ctx context.Context, f *future) {
	defer close(f.ready)
	name := numbered(f.state, f.repetition)
	s.report(Event{Kind: RunStarted, Run: name}, 0)
	made, err := s.runner.Run(ctx, suite.Request{Suite: s.suite, Tree: f.tree, Repetition: f.repetition, Twice: f.twice})
	if f.err = err; err != nil {
		return
	}
	f.run = &run{name, made}
	event := Event{Kind: RunFinished, Run: name, Saved: made.Saved, Wall: made.Wall + made.Parsing, Tests: len(made.Results)}
	if made.Problem != nil {
		event.Problem = made.Problem.Text
	}
	s.report(event, 1)
}

// report tells of a run, one event at a time.
func (s *schedule) report(event Event, done int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done += done
	event.Done, event.Planned = s.done, len(s.planned)
	s.tell(event)
}

// has says whether a state is planned.
func (s *schedule) has(state string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.planned[numbered(state, 0)] != nil
}

// wait returns a planned run, and counts it.
func (s *schedule) wait(ctx context.Context, state string, repetition int) (*run, error) {
	s.mu.Lock()
	f := s.planned[numbered(state, repetition)]
	s.mu.Unlock()
	select {
	case <-f.ready:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if f.err != nil {
		return nil, f.err
	}
	s.count(f)
	return f.run, nil
}

// count counts a run the first time it is waited for.
func (s *schedule) count(f *future) {
	if f.counted {
		return
	}
	f.counted = true
	if f.run.Saved {
		s.saved++
	} else {
		s.made++
	}
}

// more makes a run that was not planned.
func (s *schedule) more(ctx context.Context, req request) (*run, error) {
	f := s.add(req)
	s.launch(ctx, []*future{f})
	return s.wait(ctx, req.state, req.repetition)
}

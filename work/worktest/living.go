package worktest

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/work"
)

// living are the cases of [Test].
var living = map[string]func(*lab){
	"steps are a chain, and results in order of tasks":     chain,
	"finish waits for all tasks":                           barrier,
	"limits are kept, and used":                            limits,
	"what is begun is ended first":                         order,
	"a group is started once":                              idempotent,
	"a step is tried again, and no other":                  retries,
	"a permanent error is not tried again":                 permanent,
	"a handler that panics or goes away is an error":       panics,
	"a try that takes too long is an error":                timeouts,
	"a quorum cancels stragglers":                          quorum,
	"cancel ends a group":                                  cancels,
	"a context ends only the waiting":                      waiting,
	"close interrupts, waits and tells those that wait":    closes,
	"a group that cannot be is refused":                    refusals,
	"what handlers and callers change is their own":        copies,
	"a group without tasks is its finish":                  empty,
	"an unknown group is neither waited for nor cancelled": unknown,
}

func chain(l *lab) {
	second := make(chan struct{})
	e := l.executor(map[string]work.Kind{
		"a": {Limit: 2, Handler: func(_ context.Context, in work.Input) ([]byte, error) {
			if in.Task == "2" {
				close(second)
			} else {
				<-second // so the first task is done last
			}
			return append(in.Data, 'a'), nil
		}},
		"b":    {Handler: echo("b")},
		"join": {Handler: join},
	})
	outcome := l.outcome(e, work.Group{ID: "g", Finish: "join", Tasks: tasks([]string{"a", "b", "b"}, "1", "2")})
	require.Equal(l, &work.Outcome{
		Results: []work.Result{{Task: "1", Output: []byte("1abb")}, {Task: "2", Output: []byte("2abb")}},
		Output:  []byte("1=1abb 2=2abb "),
	}, outcome)
}

func barrier(l *lab) {
	var done atomic.Int32
	e := l.executor(map[string]work.Kind{
		"a": {Limit: 2, Handler: func(context.Context, work.Input) ([]byte, error) {
			runtime.Gosched()
			done.Add(1)
			return nil, nil
		}},
		"count": {Handler: func(_ context.Context, in work.Input) ([]byte, error) {
			return []byte{byte(done.Load()), byte(in.Tasks)}, nil
		}},
	})
	outcome := l.outcome(e, work.Group{ID: "g", Finish: "count", Tasks: tasks([]string{"a", "a"}, "1", "2", "3", "4")})
	require.Equal(l, []byte{8, 4}, outcome.Output)
}

func limits(l *lab) {
	var running, most atomic.Int32
	two := make(chan struct{}) // a place where two meet: one alone would wait for ever
	e := l.executor(map[string]work.Kind{"a": {Limit: 2, Handler: func(ctx context.Context, _ work.Input) ([]byte, error) {
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		select {
		case two <- struct{}{}:
		case <-two:
		}
		running.Add(-1)
		return nil, nil
	}}})
	l.outcome(e, work.Group{ID: "g", Tasks: tasks([]string{"a"}, "1", "2", "3", "4", "5", "6")})
	require.Equal(l, int32(2), most.Load())
}

func order(l *lab) {
	gate := make(chan struct{})
	var seen calls
	note := func(_ context.Context, in work.Input) ([]byte, error) {
		seen.add(in.Group + "/" + in.Task + string(in.Data))
		return []byte("+"), nil
	}
	e := l.executor(map[string]work.Kind{"gate": {Handler: func(context.Context, work.Input) ([]byte, error) {
		<-gate
		return nil, nil
	}}, "a": {Limit: 1, Handler: func(ctx context.Context, in work.Input) ([]byte, error) {
		<-gate
		return note(ctx, in)
	}}})
	steps := []string{"a", "a"}
	list := []work.Task{{ID: "x", Steps: steps}, {ID: "y", Steps: steps}}
	for _, id := range []string{"first", "second"} {
		require.NoError(l, e.Start(l.Context(), work.Group{ID: id, Tasks: list}))
	}
	close(gate)
	l.wait(e, "second")
	require.Equal(l, []string{
		"first/x", "first/x+", "first/y", "first/y+",
		"second/x", "second/x+", "second/y", "second/y+",
	}, seen.all())
}

func idempotent(l *lab) {
	var done atomic.Int32
	e := l.executor(map[string]work.Kind{"a": {Handler: func(context.Context, work.Input) ([]byte, error) {
		done.Add(1)
		return nil, nil
	}}})
	group := work.Group{ID: "g", Tasks: tasks([]string{"a"}, "1")}
	started := make(chan error)
	for range 8 {
		go func() { started <- e.Start(l.Context(), group) }()
	}
	for range 8 {
		require.NoError(l, <-started)
	}
	l.outcome(e, group)
	require.Equal(l, int32(1), done.Load())

	group.Tasks[0].Input = []byte("other")
	require.ErrorContains(l, e.Start(l.Context(), group), `"g"`, "one ID, two groups")
}

func retries(l *lab) {
	var flaky, broken atomic.Int32
	e := l.executor(map[string]work.Kind{
		"flaky": {Retries: 2, Handler: func(_ context.Context, in work.Input) ([]byte, error) {
			if flaky.Add(1) < 3 {
				return []byte("not this"), errors.New("not yet")
			}
			return in.Data, nil
		}},
		"broken": {Retries: 2, Handler: func(context.Context, work.Input) ([]byte, error) {
			broken.Add(1)
			return nil, errors.New("no disk")
		}},
		"fine": {Handler: echo("!")},
		"join": {Handler: join},
	})
	outcome := l.outcome(e, work.Group{ID: "g", Finish: "join", Tasks: []work.Task{
		{ID: "1", Steps: []string{"flaky", "fine"}, Input: []byte("x")},
		{ID: "2", Steps: []string{"fine", "broken", "fine"}},
		{ID: "3", Steps: []string{"fine"}},
	}})
	require.Equal(l, []work.Result{
		{Task: "1", Output: []byte("x!")},
		{Task: "2", Error: "no disk", Step: "broken"},
		{Task: "3", Output: []byte("!")},
	}, outcome.Results)
	require.Equal(l, "1=x! 2=no disk 3=! ", string(outcome.Output), "one bad task is a result among others")
	require.Equal(l, int32(3), flaky.Load())
	require.Equal(l, int32(3), broken.Load(), "once, and twice again")
}

func permanent(l *lab) {
	var tries atomic.Int32
	e := l.executor(map[string]work.Kind{
		"fine": {Handler: echo("")},
		"broken": {Retries: 5, Handler: func(context.Context, work.Input) ([]byte, error) {
			tries.Add(1)
			return nil, work.Permanent(errors.New("no such image"))
		}},
	})
	outcome := l.outcome(e, work.Group{ID: "g", Finish: "broken", Tasks: tasks([]string{"fine"}, "1")})
	require.Equal(l, "no such image", outcome.Error, "of a finish it is the group's")
	require.Equal(l, []work.Result{{Task: "1", Output: []byte("1")}}, outcome.Results)
	require.Equal(l, int32(1), tries.Load())
}

func panics(l *lab) {
	e := l.executor(map[string]work.Kind{
		"panic": {Handler: func(context.Context, work.Input) ([]byte, error) { panic("out of range") }},
		"gone":  {Handler: func(context.Context, work.Input) ([]byte, error) { runtime.Goexit(); return nil, nil }},
	})
	outcome := l.outcome(e, work.Group{ID: "g", Tasks: []work.Task{{ID: "1", Steps: []string{"panic"}}, {ID: "2", Steps: []string{"gone"}}}})
	require.Contains(l, outcome.Results[0].Error, "out of range")
	require.Contains(l, outcome.Results[0].Error, "living.go", "with its stack")
	require.NotEmpty(l, outcome.Results[1].Error)
}

func timeouts(l *lab) {
	var tries atomic.Int32
	e := l.executor(map[string]work.Kind{"slow": {Timeout: time.Millisecond, Retries: 1, Handler: func(ctx context.Context, _ work.Input) ([]byte, error) {
		tries.Add(1)
		<-ctx.Done()
		return nil, ctx.Err()
	}}})
	outcome := l.outcome(e, work.Group{ID: "g", Tasks: tasks([]string{"slow"}, "1")})
	require.Contains(l, outcome.Results[0].Error, "1ms")
	require.Equal(l, int32(2), tries.Load())
}

func quorum(l *lab) {
	running := make(chan string, 2)
	e := l.executor(map[string]work.Kind{
		"quick": {Handler: func(ctx context.Context, in work.Input) ([]byte, error) {
			<-running
			<-running
			return []byte("won"), nil
		}},
		"slow":   {Limit: 3, Retries: 9, Handler: hang(running)},
		"broken": {Handler: func(context.Context, work.Input) ([]byte, error) { return nil, errors.New("lost") }},
		"join":   {Handler: join},
	})
	outcome := l.outcome(e, work.Group{ID: "g", Quorum: 1, Finish: "join", Tasks: []work.Task{
		{ID: "1", Steps: []string{"slow"}},
		{ID: "2", Steps: []string{"broken"}}, // has no output, and is none of the quorum
		{ID: "3", Steps: []string{"quick"}},
		{ID: "4", Steps: []string{"slow", "quick"}},
	}})
	require.Equal(l, work.Result{Task: "1", Error: work.Cancelled}, outcome.Results[0])
	require.Equal(l, work.Result{Task: "3", Output: []byte("won")}, outcome.Results[2])
	require.Equal(l, work.Result{Task: "4", Error: work.Cancelled}, outcome.Results[3])
	require.Contains(l, string(outcome.Output), "3=won 4=cancelled")
	require.NoError(l, e.Close(), "which waits for the stragglers: they were told to stop")
}

func cancels(l *lab) {
	running := make(chan string)
	e := l.executor(map[string]work.Kind{
		"fine": {Handler: echo("")},
		"slow": {Limit: 1, Handler: hang(running)},
		"join": {Handler: join},
	})
	done := work.Group{ID: "done", Finish: "join", Tasks: tasks([]string{"fine"}, "1")}
	was := l.outcome(e, done)
	require.NoError(l, e.Cancel(l.Context(), "done"))
	require.Equal(l, was, l.wait(e, "done"), "what is done is left as it is")

	require.NoError(l, e.Start(l.Context(), work.Group{ID: "g", Finish: "join", Tasks: tasks([]string{"slow"}, "1", "2")}))
	<-running
	for range 2 {
		require.NoError(l, e.Cancel(l.Context(), "g"))
	}
	require.Equal(l, &work.Outcome{
		Results: []work.Result{{Task: "1", Error: work.Cancelled}, {Task: "2", Error: work.Cancelled}},
		Error:   work.Cancelled,
	}, l.wait(e, "g"))

	require.NoError(l, e.Start(l.Context(), work.Group{ID: "next", Tasks: tasks([]string{"slow"}, "1")}))
	<-running // the place of what was cancelled is free again
}

func waiting(l *lab) {
	gate, running := make(chan struct{}), make(chan struct{}, 1)
	e := l.executor(map[string]work.Kind{"a": {Handler: func(ctx context.Context, _ work.Input) ([]byte, error) {
		running <- struct{}{}
		<-gate
		return []byte("fine"), ctx.Err()
	}}})
	ctx, cancel := context.WithCancelCause(l.Context())
	require.NoError(l, e.Start(ctx, work.Group{ID: "g", Tasks: tasks([]string{"a"}, "1")}))
	<-running
	enough := errors.New("waited enough")
	cancel(enough)
	_, err := e.Wait(ctx, "g")
	require.ErrorIs(l, err, enough)
	require.ErrorIs(l, e.Start(ctx, work.Group{ID: "late", Tasks: tasks([]string{"a"}, "1")}), enough)
	close(gate)
	require.Equal(l, "fine", string(l.wait(e, "g").Results[0].Output))
}

func closes(l *lab) {
	running := make(chan string)
	var ended atomic.Bool
	e := l.executor(map[string]work.Kind{"slow": {Handler: func(ctx context.Context, in work.Input) ([]byte, error) {
		defer ended.Store(true)
		return hang(running)(ctx, in)
	}}})
	require.NoError(l, e.Start(l.Context(), work.Group{ID: "g", Tasks: tasks([]string{"slow"}, "1")}))
	<-running
	waited := make(chan error)
	go func() {
		_, err := e.Wait(l.Context(), "g")
		waited <- err
	}()
	require.NoError(l, e.Close())
	require.True(l, ended.Load(), "nothing runs any more")
	require.ErrorIs(l, <-waited, work.ErrClosed)
	require.ErrorIs(l, e.Start(l.Context(), work.Group{ID: "late"}), work.ErrClosed)
	require.ErrorIs(l, e.Cancel(l.Context(), "g"), work.ErrClosed)
}

func refusals(l *lab) {
	e := l.executor(map[string]work.Kind{"a": {Handler: echo("")}})
	for _, g := range []work.Group{
		{},
		{ID: "g", Finish: "b"},
		{ID: "g", Tasks: tasks([]string{"b"}, "1")},
		{ID: "g", Tasks: tasks(nil, "1")},
		{ID: "g", Tasks: tasks([]string{"a"}, "1", "1")},
		{ID: "g", Quorum: 2, Tasks: tasks([]string{"a"}, "1")},
	} {
		require.Error(l, e.Start(l.Context(), g), "%+v", g)
	}
	_, err := e.Wait(l.Context(), "g")
	require.ErrorIs(l, err, work.ErrUnknown)
}

func copies(l *lab) {
	var tries atomic.Int32
	e := l.executor(map[string]work.Kind{"a": {Retries: 1, Handler: func(_ context.Context, in work.Input) ([]byte, error) {
		output := append([]byte{}, in.Data...)
		in.Data[0] = '?'
		if tries.Add(1) == 1 {
			return nil, errors.New("again")
		}
		return output, nil
	}}})
	group := work.Group{ID: "g", Tasks: tasks([]string{"a"}, "1")}
	outcome := l.outcome(e, group)
	require.Equal(l, "1", string(outcome.Results[0].Output))
	require.Equal(l, "1", string(group.Tasks[0].Input))
	outcome.Results[0].Output[0] = '?'
	require.Equal(l, "1", string(l.wait(e, "g").Results[0].Output))
}

func empty(l *lab) {
	e := l.executor(map[string]work.Kind{"join": {Handler: join}, "six": {Handler: func(context.Context, work.Input) ([]byte, error) { return []byte("6"), nil }}})
	require.Equal(l, &work.Outcome{Results: []work.Result{}, Output: []byte("6")}, l.outcome(e, work.Group{ID: "g", Finish: "six"}))
	require.Equal(l, &work.Outcome{Results: []work.Result{}}, l.outcome(e, work.Group{ID: "nothing"}))
}

func unknown(l *lab) {
	e := l.executor(map[string]work.Kind{"a": {Handler: echo("")}})
	_, err := e.Wait(l.Context(), "g")
	require.ErrorIs(l, err, work.ErrUnknown)
	require.ErrorIs(l, e.Cancel(l.Context(), "g"), work.ErrUnknown)
}

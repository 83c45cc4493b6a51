package worktest

import (
	"context"
	"errors"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/work"
)

// restarted are the cases of [TestJournal].
var restarted = map[string]func(*lab){
	"what is done is not done again":               again,
	"an outcome is the same in the next process":   outlives,
	"a group goes on when it is waited for":        resumed,
	"what was started first comes first":           firstComes,
	"interrupted is not failed, and failed is":     counted,
	"what was cancelled stays so":                  staysCancelled,
	"a group of kinds that are no more is refused": kindsGone,
	"a failure for good stays one":                 staysFailed,
	"a fatal error stops all, and is no failure":   fatal,
}

func again(l *lab) {
	running := make(chan string)
	var first, second calls
	kinds := func(seen *calls, last work.Handler) map[string]work.Kind {
		return map[string]work.Kind{
			"a": {Limit: 1, Handler: func(ctx context.Context, in work.Input) ([]byte, error) {
				seen.add("a" + in.Task)
				return echo("a")(ctx, in)
			}},
			"b":    {Limit: 2, Handler: last},
			"join": {Handler: join},
		}
	}
	group := work.Group{ID: "g", Finish: "join", Tasks: tasks([]string{"a", "b"}, "1", "2")}

	e := l.executor(kinds(&first, hang(running)))
	require.NoError(l, e.Start(l.Context(), group))
	<-running
	<-running
	require.NoError(l, e.Close())
	require.Equal(l, []string{"a1", "a2"}, first.all())

	e = l.executor(kinds(&second, echo("b")))
	require.Equal(l, "1=1ab 2=2ab ", string(l.outcome(e, group).Output))
	require.Empty(l, second.all())
}

func outlives(l *lab) {
	group := work.Group{ID: "g", Finish: "join", Tasks: append(tasks([]string{"a"}, "1"), tasks([]string{"broken"}, "2")...)}
	broken := work.Kind{Handler: func(context.Context, work.Input) ([]byte, error) { return nil, errors.New("no disk") }}
	e := l.executor(map[string]work.Kind{"a": {Handler: echo("a")}, "broken": broken, "join": {Handler: join}})
	outcome := l.outcome(e, group)
	require.NoError(l, e.Close())

	never := work.Kind{Handler: func(context.Context, work.Input) ([]byte, error) { panic("done twice") }}
	e = l.executor(map[string]work.Kind{"a": never, "broken": never, "join": never})
	require.Equal(l, outcome, l.wait(e, "g"))
	require.Equal(l, outcome, l.outcome(e, group))
	group.Quorum = 1
	require.ErrorContains(l, e.Start(l.Context(), group), `"g"`, "of other content")
}

func resumed(l *lab) {
	running := make(chan string)
	e := l.executor(map[string]work.Kind{"a": {Handler: hang(running)}})
	require.NoError(l, e.Start(l.Context(), work.Group{ID: "g", Tasks: tasks([]string{"a"}, "1")}))
	<-running
	require.NoError(l, e.Close())

	e = l.executor(map[string]work.Kind{"a": {Handler: echo("a")}})
	require.Equal(l, "1a", string(l.wait(e, "g").Results[0].Output))
}

func firstComes(l *lab) {
	running := make(chan string)
	e := l.executor(map[string]work.Kind{"a": {Limit: 1, Handler: hang(running)}})
	for _, id := range []string{"z", "y", "x"} {
		require.NoError(l, e.Start(l.Context(), work.Group{ID: id, Tasks: tasks([]string{"a"}, id)}))
	}
	<-running
	require.NoError(l, e.Close())

	var seen calls
	gate := make(chan struct{})
	e = l.executor(map[string]work.Kind{"a": {Limit: 1, Handler: func(_ context.Context, in work.Input) ([]byte, error) {
		<-gate
		seen.add(in.Task)
		return nil, nil
	}}})
	for _, id := range []string{"x", "y", "z", "new"} { // x takes the only place, then
		require.NoError(l, e.Start(l.Context(), work.Group{ID: id, Tasks: tasks([]string{"a"}, id)}))
	}
	close(gate)
	l.wait(e, "new")
	require.Equal(l, []string{"x", "z", "y", "new"}, seen.all())
}

func counted(l *lab) {
	group := work.Group{ID: "g", Tasks: tasks([]string{"a"}, "1")}
	running := make(chan string)
	failed := false
	e := l.executor(map[string]work.Kind{"a": {Retries: 2, Handler: func(ctx context.Context, in work.Input) ([]byte, error) {
		if !failed {
			failed = true
			return nil, errors.New("once")
		}
		return hang(running)(ctx, in)
	}}})
	require.NoError(l, e.Start(l.Context(), group))
	<-running // the second try is interrupted
	require.NoError(l, e.Close())

	var seen calls
	e = l.executor(map[string]work.Kind{"a": {Retries: 2, Handler: func(context.Context, work.Input) ([]byte, error) {
		seen.add("try")
		return nil, errors.New("again")
	}}})
	require.Equal(l, "again", l.outcome(e, group).Results[0].Error)
	require.Equal(l, []string{"try", "try"}, seen.all(), "of three tries one had failed; the interrupted one is made again")
}

func staysCancelled(l *lab) {
	group := work.Group{ID: "g", Tasks: tasks([]string{"a"}, "1")}
	running := make(chan string)
	e := l.executor(map[string]work.Kind{"a": {Handler: hang(running)}})
	require.NoError(l, e.Start(l.Context(), group))
	<-running
	require.NoError(l, e.Cancel(l.Context(), "g"))
	require.NoError(l, e.Close())

	e = l.executor(map[string]work.Kind{"a": {Handler: echo("a")}})
	require.Equal(l, work.Cancelled, l.outcome(e, group).Error)
}

func kindsGone(l *lab) {
	running := make(chan string)
	e := l.executor(map[string]work.Kind{"old": {Handler: hang(running)}})
	require.NoError(l, e.Start(l.Context(), work.Group{ID: "g", Tasks: tasks([]string{"old"}, "1")}))
	<-running
	require.NoError(l, e.Close())

	e = l.executor(map[string]work.Kind{"new": {Handler: echo("")}})
	_, err := e.Wait(l.Context(), "g")
	require.ErrorContains(l, err, `"old"`)
}

func staysFailed(l *lab) {
	group := work.Group{ID: "g", Tasks: tasks([]string{"a"}, "1", "2")}
	running := make(chan string)
	e := l.executor(map[string]work.Kind{"a": {Limit: 1, Handler: func(ctx context.Context, in work.Input) ([]byte, error) {
		if in.Task == "1" {
			return nil, errors.New("no disk")
		}
		return hang(running)(ctx, in)
	}}})
	require.NoError(l, e.Start(l.Context(), group))
	<-running
	require.NoError(l, e.Close())

	e = l.executor(map[string]work.Kind{"a": {Handler: echo("!")}})
	require.Equal(l, []work.Result{
		{Task: "1", Error: "no disk", Step: "a"},
		{Task: "2", Output: []byte("2!")},
	}, l.outcome(e, group).Results)
}

func fatal(l *lab) {
	full := errors.New("the disk is full")
	group := work.Group{ID: "g", Tasks: tasks([]string{"a"}, "1", "2")}
	kind := work.Kind{Limit: 1, Handler: func(context.Context, work.Input) ([]byte, error) { return nil, work.Fatal(full) }}
	for range 3 {
		e := l.executor(map[string]work.Kind{"a": kind})
		require.NoError(l, e.Start(l.Context(), group))
		_, err := e.Wait(l.Context(), "g")
		require.ErrorIs(l, err, full)
		require.ErrorIs(l, e.Start(l.Context(), work.Group{ID: "h"}), full)
		require.NoError(l, e.Close())
	}
	kind.Handler = echo("a")
	outcome := l.outcome(l.executor(map[string]work.Kind{"a": kind}), group)
	require.Equal(l, []work.Result{{Task: "1", Output: []byte("1a")}, {Task: "2", Output: []byte("2a")}}, outcome.Results)
}

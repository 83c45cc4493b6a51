package selfplay_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/reward"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/store"
	"github.com/selfplay-swe/ssr/verify"
	"github.com/selfplay-swe/ssr/work/local"
)

// An artifact that is not consistent costs its injector one, and has no attempts.
func TestRefused(t *testing.T) {
	e := engine(t)
	e.Strategies = []selfplay.WeightedStrategy{{Strategy: inject.Direct, Weight: 1}}
	for _, r := range play(t, e, 2, folder(t, 4)) {
		require.False(t, r.Consistent)
		require.Equal(t, "script", r.Refusal.Check, "it is empty")
		require.NotEmpty(t, r.Refusal.Finding)
		require.Equal(t, reward.Invalid, *r.Reward)
		require.Empty(t, r.Attempts)
	}
}

// A bug that was seen before is not attempted, and pays nobody. There are nine
// ways to break each of four lines in each of two files.
func TestDuplicates(t *testing.T) {
	e := engine(t)
	e.Verify.MinPassing = 8
	e.Parallel = 4
	e.Attempts, e.Reward = 4, reward.Rule{MinAttempts: 1}
	seen := 0
	rounds := play(t, e, 24, folder(t, 2))
	for _, r := range rounds {
		if r.Duplicate == nil {
			continue
		}
		seen++
		require.Less(t, r.Duplicate.Of, r.Index)
		require.Nil(t, rounds[r.Duplicate.Of].Duplicate)
		require.Contains(t, []string{"tree", "tests"}, r.Duplicate.By)
		require.Empty(t, r.Attempts)
		require.Nil(t, r.Reward)
	}
	require.Positive(t, seen)
	require.Less(t, seen, 24)
}

// A lossy solver's sandboxes are lost to the machine in some attempts.
type lossy struct {
	mender
	lost func(seed uint64) bool
}

func (l *lossy) Solve(ctx context.Context, d *solve.Desk) (solve.Ending, error) {
	if l.lost(d.Seed) {
		return solve.Ending{}, errors.New("the sandbox was lost")
	}
	return l.mender.Solve(ctx, d)
}

// What the machine did to an attempt is nobody's reward: it is tried again, and
// then left out.
func TestLostAttempts(t *testing.T) {
	e := engine(t)
	seed := selfplay.Derive(e.Seed, "round", 0)
	lost, tries := selfplay.Derive(seed, "attempt", 3), atomic.Int64{}
	e.Solver = &lossy{lost: func(seed uint64) bool { return seed == lost && tries.Add(1) > 0 }}
	r := play(t, e, 1, folder(t, 4))[0]
	require.EqualValues(t, 3, tries.Load(), "once, and two times again")
	require.Equal(t, verify.Errored, r.Attempts[3].Outcome)
	require.Equal(t, lost, r.Attempts[3].Seed)
	require.Contains(t, r.Attempts[3].Reason, "the sandbox was lost")
	require.Nil(t, r.Attempts[3].Reward)
	require.Equal(t, 7, r.Counted)
	require.NotNil(t, r.Reward)
}

// With too few attempts that count, a bug pays nobody.
func TestUnscored(t *testing.T) {
	e := engine(t)
	e.Solver = &lossy{lost: func(seed uint64) bool { return true }}
	r := play(t, e, 1, folder(t, 4))[0]
	require.Zero(t, r.Counted)
	require.False(t, r.Scored)
	require.Nil(t, r.Reward)
	for _, a := range r.Attempts {
		require.Nil(t, a.Reward)
	}
}

// failing is an injector whose machine fails.
type failing struct{}

func (failing) Inject(context.Context, inject.Assignment) (*inject.Injection, error) {
	return nil, errors.New("no room on the disk")
}

// A round that is lost to the machine has no verdict, and a play whose machine
// is broken ends.
func TestLostRounds(t *testing.T) {
	e := engine(t)
	e.Injector = failing{}
	count := 0
	for r, err := range e.Rounds(t.Context(), sources(folder(t, 4)), 100) {
		if err != nil {
			require.ErrorContains(t, err, "8 rounds in a row were lost to the machine")
			require.ErrorContains(t, err, "no room on the disk")
			break
		}
		count++
		require.Contains(t, r.Errored, "no room on the disk")
		require.Nil(t, r.Reward)
		require.Nil(t, r.Refusal)
	}
	require.Equal(t, 7, count)
}

// What an earlier process lost stays lost, and the play goes on: it ends again
// only where the machine is still broken.
func TestLostRoundsOfAnEarlierProcess(t *testing.T) {
	dir, repository := t.TempDir(), folder(t, 4)
	kept := openStore(t, filepath.Join(dir, "play.db"))
	process := func(injector inject.Injector) (lost, played int, err error) {
		e := engine(t)
		e.Cache, e.Archive, e.Injector = dir, kept, injector
		steps, err := local.New(kept.DB(), e.Kinds())
		require.NoError(t, err)
		defer steps.Close()
		e.Executor = steps
		for r, err := range e.Rounds(t.Context(), sources(repository), 20) {
			switch {
			case err != nil:
				return lost, played, err
			case r.Errored != "":
				lost++
			default:
				played++
			}
		}
		return lost, played, nil
	}
	broken := &mendable{broken: true}
	lost, _, err := process(broken)
	require.ErrorContains(t, err, "8 rounds in a row were lost to the machine")
	require.Equal(t, 7, lost)

	lost, _, err = process(broken)
	require.ErrorContains(t, err, "8 rounds in a row were lost to the machine")
	require.GreaterOrEqual(t, lost, 15, "eight of the first process, and seven of this one")

	broken.broken = false
	lost, played, err := process(broken)
	require.NoError(t, err)
	require.GreaterOrEqual(t, lost, 16)
	require.Equal(t, 20, lost+played)
	require.Positive(t, played)
}

// mendable is an injector whose machine is broken for a while.
type mendable struct {
	breaker
	broken bool
}

func (m *mendable) Inject(ctx context.Context, a inject.Assignment) (*inject.Injection, error) {
	if m.broken {
		return nil, errors.New("no room on the disk")
	}
	return m.breaker.Inject(ctx, a)
}

// panicking is an injector with a mistake in it.
type panicking struct{}

func (panicking) Inject(_ context.Context, a inject.Assignment) (*inject.Injection, error) {
	panic("no such line\nat 0xc000")
}

// A player's panic loses its round, in words that do not change, and its stack is
// in the log.
func TestPanics(t *testing.T) {
	var log strings.Builder
	var ended []error
	e := engine(t)
	e.Injector, e.Parallel, e.Logger = panicking{}, 1, slog.New(slog.NewTextHandler(&log, nil))
	e.Progress = func(event selfplay.Event) {
		if event.Stage == selfplay.StageInject && event.Done {
			ended = append(ended, event.Err)
		}
	}
	for _, r := range play(t, e, 2, folder(t, 4)) {
		require.Equal(t, "inject: panic: no such line", r.Errored)
	}
	require.Contains(t, log.String(), "faults_test.go")
	require.Len(t, ended, 6, "three tries of each: whoever looks on sees them end")
}

// full is an archive whose disk is full after some blobs.
type full struct {
	selfplay.Archive
	room atomic.Int32
}

var errFull = errors.New("the disk is full")

func (f *full) Put(ctx context.Context, blob []byte) (selfplay.Ref, error) {
	if f.room.Add(-1) < 0 {
		return "", errFull
	}
	return f.Archive.Put(ctx, blob)
}

// Where nothing can be kept the play ends, and no round is lost to it: with room
// again it comes to the same.
func TestAFullArchive(t *testing.T) {
	dir := t.TempDir()
	repository := folder(t, 4)
	kept := openStore(t, filepath.Join(t.TempDir(), "play.db"))
	archive := &full{Archive: kept}
	var rounds []*selfplay.Round
	for stops := range 1000 {
		archive.room.Store(5)
		e := engine(t)
		e.Cache, e.Archive = dir, archive
		steps, err := local.New(kept.DB(), e.Kinds())
		require.NoError(t, err)
		e.Executor = steps
		rounds = nil
		for r, failed := range e.Rounds(t.Context(), sources(repository), 3) {
			if err = failed; err == nil {
				rounds = append(rounds, r)
			}
		}
		steps.Close()
		if err == nil {
			require.Greater(t, stops, 3)
			break
		}
		require.ErrorIs(t, err, errFull)
	}
	e := engine(t)
	e.Cache = dir
	for i, r := range play(t, e, 3, repository) {
		require.Equal(t, r.Content(), rounds[i].Content())
	}
}

func openStore(t *testing.T, path string) *store.Store {
	kept, err := store.Open(path, store.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, kept.Close()) })
	return kept
}

// picky is an injector that does not play on everything.
type picky struct {
	breaker
	not string
}

func (p *picky) Prepare(_ context.Context, r *inject.Repository) error {
	if r.Snapshot.Source == p.not {
		return &inject.UnplayableError{Source: p.not, Problem: "its tests fail", Want: "all of them must pass"}
	}
	return nil
}

// A source that cannot be played is left out with its reason, and the others go on.
func TestLeftOut(t *testing.T) {
	good, bad := folder(t, 4), folder(t, 4)
	write(t, bad+"/README", "another one")
	e := engine(t)
	e.Injector = &picky{not: bad}
	reasons := map[string]error{}
	e.Progress = func(event selfplay.Event) {
		if event.Stage == selfplay.StagePrepare && event.Err != nil {
			reasons[event.Source] = event.Err
		}
	}
	for _, r := range play(t, e, 2, bad, "/nowhere", good) {
		require.Equal(t, good, r.Source)
	}
	require.Len(t, reasons, 2)
	require.ErrorContains(t, reasons[bad], "its tests fail; all of them must pass")
	require.ErrorContains(t, reasons["/nowhere"], "/nowhere")

	_, err := first(e.Rounds(t.Context(), sources(bad, "/nowhere"), 2))
	none, ok := errors.AsType[*selfplay.NoSourceError](err)
	require.True(t, ok, "%v", err)
	require.Len(t, none.Reasons, 2)
	require.ErrorContains(t, err, "its tests fail")
	require.ErrorContains(t, err, "/nowhere")
}

// Without the network, that is what a play says.
func TestUnreachable(t *testing.T) {
	e := engine(t)
	t.Setenv("GOPROXY", "http://127.0.0.1:1")
	t.Setenv("GOFLAGS", "-mod=mod")
	_, err := first(e.Rounds(t.Context(), sources("module:example.com/nothing@v1.0.0"), 1))
	_, ok := errors.AsType[*repo.UnreachableError](err)
	require.True(t, ok, "%v", err)
}

func first(rounds func(func(*selfplay.Round, error) bool)) (round *selfplay.Round, err error) {
	for round, err = range rounds {
		break
	}
	return round, err
}

// Whoever quits gets the rounds that were begun.
func TestQuit(t *testing.T) {
	e := engine(t)
	quit := make(chan struct{})
	e.Quit = quit
	count := 0
	for r, err := range e.Rounds(t.Context(), sources(folder(t, 6)), 50) {
		require.NoError(t, err)
		require.Equal(t, count, r.Index)
		require.Len(t, r.Attempts, 8)
		if count++; count == 3 {
			close(quit)
		}
	}
	require.Equal(t, 4, count, "the third was yielded while the fourth was played")
}

// careful is an injector that does not play with everything.
type careful struct{ breaker }

func (*careful) Notes(context.Context, *inject.Repository) ([]string, error) {
	return []string{"left out: 1 test that is slow", "not counted on: 2 tests that did not pass"}, nil
}

// What an injector leaves out of a source is told when the source is ready.
func TestNotes(t *testing.T) {
	e := engine(t)
	e.Injector = &careful{}
	var ready []string
	e.Progress = func(event selfplay.Event) {
		if event.Stage == selfplay.StagePrepare && event.Done {
			ready = append(ready, event.Text)
		}
	}
	play(t, e, 1, folder(t, 4))
	require.Equal(t, []string{"left out: 1 test that is slow; not counted on: 2 tests that did not pass"}, ready)
}

// thorough is an injector that takes its time to look at a repository.
type thorough struct {
	breaker
	looking chan struct{}
}

func (s *thorough) Prepare(ctx context.Context, _ *inject.Repository) error {
	close(s.looking)
	<-ctx.Done()
	return context.Cause(ctx)
}

// Whoever quits before a round has begun does not wait for what it would need.
func TestQuitWhilePreparing(t *testing.T) {
	e := engine(t)
	quit := make(chan struct{})
	injector := &thorough{looking: make(chan struct{})}
	e.Injector, e.Quit = injector, quit
	e.Progress = func(event selfplay.Event) { require.False(t, event.Done, "%+v", event) }
	go func() {
		<-injector.looking
		close(quit)
	}()
	require.Empty(t, play(t, e, 3, folder(t, 4)))
}

// Whoever breaks off, or cancels, leaves nothing running.
func TestNothingIsLeftRunning(t *testing.T) {
	source := folder(t, 6)
	for name, stop := range map[string]func(context.CancelFunc) (goOn bool){
		"break":  func(context.CancelFunc) bool { return false },
		"cancel": func(cancel context.CancelFunc) bool { cancel(); return true },
	} {
		t.Run(name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var last error
			for r, err := range engine(t).Rounds(ctx, sources(source), 50) {
				if last = err; err == nil && r.Index == 1 && !stop(cancel) {
					break
				}
			}
			if name == "cancel" {
				require.ErrorIs(t, last, context.Canceled)
			}
			for range 500 {
				if runtime.NumGoroutine() > before {
					time.Sleep(10 * time.Millisecond) // those that ended are still counted for a moment
				}
			}
			require.LessOrEqual(t, runtime.NumGoroutine(), before)
		})
	}
}

// What cannot be played is refused in one sentence, before anything runs.
func TestImpossibleOptions(t *testing.T) {
	nothing := engine(t)
	for option, change := range map[string]func(*selfplay.Engine){
		"Provider":              func(e *selfplay.Engine) { e.Provider = nil },
		"Injector":              func(e *selfplay.Engine) { e.Injector = nil },
		"Solver":                func(e *selfplay.Engine) { e.Solver = nil },
		"Attempts":              func(e *selfplay.Engine) { e.Attempts = -1 },
		"Parallel":              func(e *selfplay.Engine) { e.Parallel = -1 },
		"Attempts is 1000000":   func(e *selfplay.Engine) { e.Attempts = 1_000_000 },
		"Parallel is 1025":      func(e *selfplay.Engine) { e.Parallel = 1025 },
		"Private":               func(e *selfplay.Engine) { e.Private = 1 },
		"Similar":               func(e *selfplay.Engine) { e.Similar = -0.1 },
		"SecondOrder.Children":  func(e *selfplay.Engine) { e.SecondOrder.Children = -1 },
		"Stages.Attempt.Limit":  func(e *selfplay.Engine) { e.Stages.Attempt.Limit = -1 },
		"Stages.Grade.Timeout":  func(e *selfplay.Engine) { e.Stages.Grade.Timeout = -1 },
		"Strategies":            func(e *selfplay.Engine) { e.Strategies = []selfplay.WeightedStrategy{{Strategy: "x"}} },
		"Reward is {Alpha:0.8 ": func(e *selfplay.Engine) { e.Attempts, e.Reward = 3, reward.Rule{Alpha: 0.8} },
		"a rule for 4 attempts": func(e *selfplay.Engine) { e.Reward = reward.Rule{Attempts: 4} },
		"MinFailing":            func(e *selfplay.Engine) { e.Verify.MinFailing = -1 },
	} {
		e := &selfplay.Engine{Provider: nothing.Provider, Injector: nothing.Injector, Solver: nothing.Solver}
		change(e)
		_, err := first(e.Rounds(t.Context(), sources("/nowhere"), 1))
		require.ErrorContains(t, err, option)
		require.ErrorContains(t, err, "must be")
		require.NotContains(t, err.Error(), "\n")
		_, ours := errors.AsType[*selfplay.OptionError](err)
		_, judges := errors.AsType[*verify.OptionError](err)
		require.True(t, ours || judges, "%T", err)
	}
	_, err := first(nothing.Rounds(t.Context(), nil, 1))
	require.ErrorContains(t, err, "at least one repository")
	_, err = first(nothing.Rounds(t.Context(), sources("/nowhere", ""), 1))
	require.ErrorContains(t, err, "sources is a list with an empty name; it must be")
	_, err = first(nothing.Rounds(t.Context(), sources("/nowhere"), 0))
	require.ErrorContains(t, err, "1 round or more")
	require.True(t, strings.HasPrefix(err.Error(), "play: "))
}

// An injector that finds no bug hands in empty files, and that is what is said.
func TestNothingIsHandedIn(t *testing.T) {
	e := engine(t)
	e.Strategies = []selfplay.WeightedStrategy{{Strategy: inject.Direct, Weight: 1}}
	round := play(t, e, 1, folder(t, 4))[0]
	require.False(t, round.Consistent)
	require.Equal(t, "the injector found no bug, and handed in five empty files; it ended by a nap", round.Refusal.Finding)
	require.InDelta(t, -1, *round.Reward, 0)
}

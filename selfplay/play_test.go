package selfplay_test

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/reward"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/sandboxtest"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/verify"
)

// Rounds come in their order, and say all that happened.
func TestRounds(t *testing.T) {
	e := engine(t)
	source := folder(t, 6)
	rounds := play(t, e, 6, source)
	require.Len(t, rounds, 6)
	outcomes := map[verify.Outcome]int{}
	for i, r := range rounds {
		require.Equal(t, i, r.Index)
		require.Equal(t, source, r.Source)
		require.True(t, r.Consistent, "%+v", r.Refusal)
		require.Contains(t, r.Files, r.Target.File)
		require.Equal(t, 2, r.FailToPass)
		require.Equal(t, 22, r.PassToPass)
		require.Equal(t, selfplay.Derive(e.Seed, "round", i), r.Seed)
		require.Len(t, r.Attempts, 8)
		for k, a := range r.Attempts {
			require.Equal(t, k, a.Index)
			require.Equal(t, selfplay.Derive(r.Seed, "attempt", k), a.Seed)
			require.Equal(t, reward.Rule{}.Solve(a.Outcome == verify.Resolved), *a.Reward)
			require.Equal(t, a.Outcome == verify.EmptyPatch, a.Patch == "")
			require.Equal(t, "submitted", a.Stop)
			outcomes[a.Outcome]++
		}
		pay, scored, err := reward.Rule{}.Inject(true, r.Solved, r.Counted)
		require.NoError(t, err)
		require.Equal(t, scored, r.Scored)
		require.Equal(t, pay, *r.Reward)
		require.Positive(t, r.Cost.Wall)
		require.Positive(t, r.Cost.Runs)
	}
	require.Len(t, outcomes, 3, "resolved, unresolved, empty_patch: %v", outcomes)
}

// What is played follows from configuration and seed, and not from how long
// things take, how many run at one time, or how often the machine fails.
func TestSameSeedSameRounds(t *testing.T) {
	source := folder(t, 6)
	reference := contents(play(t, playing(t, 1), 8, source))
	for range 2 {
		e := playing(t, 1)
		slow(e.Provider.(*sandboxtest.Fake))
		limit := func() selfplay.Stage { return selfplay.Stage{Limit: 1 + rand.IntN(4)} }
		e.Stages = selfplay.Stages{Inject: limit(), Verify: limit(), Attempt: limit(), Grade: limit(), Retries: 20}
		require.Equal(t, reference, contents(play(t, e, 8, source)))
	}
	other := contents(play(t, playing(t, 2), 8, source))
	for i := range reference {
		require.NotEqual(t, reference[i].Artifact, other[i].Artifact, "another seed, another bug")
	}
}

// Which of two bugs that are alike is the duplicate depends on their order, and
// not on which was made first.
func TestSameDuplicates(t *testing.T) {
	source := folder(t, 2)
	crowded := func() *selfplay.Engine {
		e := engine(t)
		e.Verify.MinPassing, e.Parallel = 8, 6
		e.Attempts, e.Reward = 4, reward.Rule{MinAttempts: 1}
		return e
	}
	reference := contents(play(t, crowded(), 18, source))
	e := crowded()
	e.Injector, e.Stages.Inject.Limit = &late{}, 6
	require.Equal(t, reference, contents(play(t, e, 18, source)))
	require.True(t, slices.ContainsFunc(reference, func(r *selfplay.Round) bool {
		return r.Duplicate != nil && r.Index-r.Duplicate.Of < 6
	}), "of one that was played beside it")
}

// A late injector takes its time for half of its bugs.
type late struct{ breaker }

func (l *late) Inject(ctx context.Context, a inject.Assignment) (*inject.Injection, error) {
	time.Sleep(time.Duration(a.Seed%2) * 100 * time.Millisecond)
	return l.breaker.Inject(ctx, a)
}

// No more children are played than were asked for.
func TestFewChildren(t *testing.T) {
	e := playing(t, 1)
	most := 0
	for _, r := range play(t, e, 4, folder(t, 6)) {
		most = max(most, len(r.Children))
	}
	require.Equal(t, 2, most)
}

// A longer play begins with the rounds of a shorter one.
func TestLongerPlay(t *testing.T) {
	source := folder(t, 4)
	short, long := contents(play(t, playing(t, 1), 3, source)), contents(play(t, playing(t, 1), 5, source))
	require.Equal(t, short, long[:3])
}

// playing is an engine that uses every option.
func playing(t testing.TB, seed uint64) *selfplay.Engine {
	e := engine(t)
	e.Seed = seed
	e.Parallel = 3
	e.SecondOrder = selfplay.SecondOrder{Children: 2, Attempts: 3}
	e.Private = 0.5
	return e
}

func contents(rounds []*selfplay.Round) []*selfplay.Round {
	var list []*selfplay.Round
	for _, r := range rounds {
		list = append(list, r.Content())
	}
	return list
}

// slow makes the machine slow, and one that loses sandboxes.
func slow(fake *sandboxtest.Fake) {
	run := fake.Run
	fake.Run = func(ctx context.Context, m *sandboxtest.Machine, cmd sandbox.Cmd) (sandbox.Result, error) {
		time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
		if rand.IntN(50) == 0 {
			return sandbox.Result{}, &sandbox.LostError{Op: "run", Err: context.DeadlineExceeded}
		}
		return run(ctx, m, cmd)
	}
}

// Failed attempts that left a tree of their own become bugs, whose attempts pay
// the solver alone.
func TestSecondOrder(t *testing.T) {
	e := playing(t, 1)
	e.SecondOrder.Children = 8
	children := 0
	for _, r := range play(t, e, 4, folder(t, 6)) {
		var trees []string
		for _, c := range r.Children {
			children++
			parent := r.Attempts[c.Of]
			require.Equal(t, verify.Unresolved, parent.Outcome)
			require.Positive(t, c.FailToPass)
			require.Len(t, c.Attempts, 3)
			for k, a := range c.Attempts {
				require.Equal(t, selfplay.Derive(selfplay.Derive(r.Seed, "child", c.Of), "attempt", k), a.Seed)
				require.NotNil(t, a.Reward)
			}
			require.NotContains(t, trees, c.Tree)
			trees = append(trees, c.Tree)
		}
		pay, _, err := reward.Rule{}.Inject(true, r.Solved, r.Counted)
		require.NoError(t, err)
		require.Equal(t, pay, *r.Reward, "children do not change what the injector is paid")
		require.True(t, slices.IsSortedFunc(r.Children, func(a, b selfplay.Child) int { return cmp.Compare(a.Of, b.Of) }))
	}
	require.GreaterOrEqual(t, children, 4)
}

// Rounds are played on the sources in turn, and spread over the files of each.
func TestSpread(t *testing.T) {
	one, two := folder(t, 4), folder(t, 4)
	write(t, two+"/README", "another one")
	aims := map[string]map[string]int{one: {}, two: {}}
	for i, r := range play(t, engine(t), 8, one, two) {
		require.Equal(t, []string{one, two}[i%2], r.Source)
		aims[r.Source][r.Target.File]++
	}
	for source, files := range aims {
		require.GreaterOrEqual(t, len(files), 3, "%s: four rounds aim at %v", source, files)
	}
}

package preset_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/choose"
	"github.com/selfplay-swe/ssr/preset"
	"github.com/selfplay-swe/ssr/reward"
	"github.com/selfplay-swe/ssr/rollout"
	"github.com/selfplay-swe/ssr/train"
)

// What no rule can pay is left out and says why; what the machine lost is not paid,
// and stays, so that the batch counts it.
func TestWhatIsLeftOut(t *testing.T) {
	duplicate := injection(rollout.Bug{Valid: true})
	duplicate.Unpaid = "a duplicate of round/1"
	few := injection(rollout.Bug{Valid: true, Solved: 1, Counted: 3, Attempts: 8})
	lost := attempts(reward.Evidence{})[0]
	lost.Sample.Stop = train.EnvLost
	unjudged := attempts(reward.Evidence{})[0]
	rollouts := []rollout.Rollout{duplicate, few, lost, unjudged, attempts(resolved(true))[0]}
	for i, id := range []string{"duplicate", "few", "lost", "unjudged", "solved"} {
		rollouts[i].Sample.ID = id
	}
	batch, err := preset.SSR().Batch(rollouts)
	require.NoError(t, err)
	require.Equal(t, []preset.LeftOut{
		{ID: "duplicate", Role: "injector", Why: "a duplicate of round/1"},
		{ID: "few", Role: "injector", Why: "unscored: 3 of 8 attempts on its bug count, which is too few"},
		{ID: "unjudged", Role: "solver", Why: "reward: plus_minus_one: the attempt is unjudged; only a resolved or unresolved one can be paid"},
	}, batch.LeftOut)
	rows := batch.Sorted()
	require.Len(t, rows, 2)
	require.Equal(t, "machine", rows[0].Rule)
	require.Nil(t, rows[0].Reward)
	require.Equal(t, 1.0, *rows[1].Reward)
}

func TestRefusals(t *testing.T) {
	_, err := preset.Devstral().Batch(attempts(resolved(true)))
	require.EqualError(t, err, "preset Devstral does not train, so it makes no batches; those that do are SSR, SWERL, SWESwiss, KimiDev, Nebius, NebiusStage2, DeepSWE, SkyRLAgent")
	_, err = preset.DeepSWE().Batch(nil)
	require.EqualError(t, err, "preset DeepSWE: none of 0 rollouts can be paid: there are none")
	_, err = preset.DeepSWE().Batch([]rollout.Rollout{{Sample: train.Sample{ID: "round/0", Role: rollout.Injector}}})
	require.EqualError(t, err, "preset DeepSWE: none of 1 rollouts can be paid; the first, \"round/0\", is left out: DeepSWE pays no injector")
	_, err = preset.Named("rllm")
	require.EqualError(t, err, `there is no preset "rllm"; known are SSR, SWERL, SWESwiss, KimiDev, Nebius, NebiusStage2, DeepSWE, SkyRLAgent, InfCode, Devstral, SWEAgent`)
	p, err := preset.Named("sweRL")
	require.NoError(t, err)
	require.Equal(t, "SWERL", p.Name)
}

// A likeness to a patch that nobody knows is not 0.
func TestLikenessNeedsAnOracle(t *testing.T) {
	_, left := preset.SWERL().Samples(attempts(reward.Evidence{Patches: []string{"diff"}}))
	require.Len(t, left, 1)
	require.Contains(t, left[0].Why, "what repairs it is not known")
}

// Where some are long and one group has no lengths, there is no mean of a token.
func TestLengths(t *testing.T) {
	rollouts := append(attempts(resolved(true)), attempts(resolved(false))...)
	rollouts[1].Sample.ID, rollouts[1].Sample.Group, rollouts[1].Sample.Tokens = "1", "other", 0
	_, err := preset.SSR().Batch(rollouts)
	require.ErrorContains(t, err, `group "other" (solver): `)

	built := injection(rollout.Bug{})
	_, err = preset.SSR().Batch([]rollout.Rollout{built, rollouts[0]})
	require.NoError(t, err, "an injector without tokens, and a solver with some")

	rollouts[0].Sample.Tokens = 0
	batch, err := preset.SSR().Batch(rollouts)
	require.NoError(t, err)
	require.Empty(t, batch.Note)

	batch, err = preset.DeepSWE().Batch(rollouts)
	require.NoError(t, err)
	require.Equal(t, "no rollout has tokens, so none has a weight in the loss sequence_sum", batch.Note)
}

// Turns without an action are neither taught nor punished (Nebius).
func TestNebiusMasksMalformedTurns(t *testing.T) {
	pair := attempts(resolved(true), resolved(false))
	pair[0].Sample.Turns = []train.Turn{{Tokens: 7}, {Tokens: 3, Malformed: true}}
	batch, err := preset.Nebius().Batch(pair)
	require.NoError(t, err)
	require.Equal(t, []int{1}, batch.Sorted()[0].MaskedTurns)
	require.True(t, batch.Sorted()[0].Trains)
}

// Up to 200 steps nothing is too easy for SWE-Swiss; and of patches that no test
// tells apart it takes one that is like the others.
func TestSWESwissBefore200StepsAndWithoutTests(t *testing.T) {
	p := preset.SWESwiss()
	weights, err := p.Curriculum.Weights(199, []train.Task{{Key: "easy", Rate: 1, Tries: 8}})
	require.NoError(t, err)
	require.Equal(t, []float64{1}, weights)
	choice, err := p.Selection.Table.Choose([]choose.Candidate{{Patch: "odd"}, {Patch: "if x == 1 {"}, {Patch: "if x == 2 {"}, {Patch: "zzz"}})
	require.NoError(t, err)
	require.Equal(t, 1, choice.Index)
}

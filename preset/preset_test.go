package preset_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/preset"
	"github.com/selfplay-swe/ssr/reward"
	"github.com/selfplay-swe/ssr/rollout"
	"github.com/selfplay-swe/ssr/train"
)

// attempts are rollouts on one bug, of this evidence.
func attempts(all ...reward.Evidence) (list []rollout.Rollout) {
	for i, e := range all {
		list = append(list, rollout.Rollout{Evidence: e, Sample: train.Sample{
			ID: fmt.Sprint(i), Role: rollout.Solver, Group: "bug", Stop: train.Submitted, Tokens: 10, Steps: e.Steps}})
	}
	return list
}

// paid is what a preset pays one attempt.
func paid(t *testing.T, p preset.Preset, e reward.Evidence) float64 {
	t.Helper()
	samples, left := p.Samples(attempts(e))
	require.Empty(t, left)
	return samples[0].Reward
}

// advantages are those that a preset gives, in order, and whether each trains.
func advantages(t *testing.T, p preset.Preset, rollouts []rollout.Rollout) (list []float64, trains []bool) {
	t.Helper()
	batch, err := p.Batch(rollouts)
	require.NoError(t, err)
	for _, row := range batch.Sorted() {
		list, trains = append(list, *row.Advantage), append(trains, row.Trains)
	}
	return list, trains
}

func resolved(yes bool) reward.Evidence {
	e := reward.Evidence{Verdict: reward.Unresolved, FailToPass: []string{"test"}, PassToPass: []string{},
		Results: map[string]string{"test": "failed"}, Expected: map[string]string{"test": "passed"}}
	if yes {
		e.Verdict, e.Results = reward.Resolved, e.Expected
	}
	return e
}

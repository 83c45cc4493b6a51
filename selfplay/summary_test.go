package selfplay_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/verify"
)

func TestSummarize(t *testing.T) {
	pay := func(value float64) *float64 { return &value }
	try := func(outcome verify.Outcome, reward *float64, public, private int) selfplay.Attempt {
		return selfplay.Attempt{Outcome: outcome, Reward: reward,
			Public: verify.Tally{Passed: public, Total: 2}, Private: verify.Tally{Passed: private, Total: 1}}
	}
	s := selfplay.Summarize([]*selfplay.Round{
		{Strategy: inject.Removal, Errored: "the disk is full"},
		{Strategy: inject.Removal, Refusal: &selfplay.Refusal{Check: "bug"}, Scored: true, Reward: pay(-1)},
		{Strategy: inject.History, Consistent: true, Duplicate: &selfplay.Duplicate{}},
		{Strategy: inject.History, Consistent: true, Scored: true, Reward: pay(0.25), Solved: 1, Counted: 3,
			Attempts: []selfplay.Attempt{
				try(verify.Resolved, pay(1), 2, 1), try(verify.Unresolved, pay(-1), 2, 0),
				try(verify.Unresolved, pay(-1), 1, 0), try(verify.Errored, nil, 0, 0),
			},
			Children: []selfplay.Child{{Solved: 0}, {Solved: 1, Attempts: []selfplay.Attempt{try(verify.Resolved, pay(1), 2, 1)}}},
			Cost:     selfplay.Cost{Wall: 2, Runs: 3, RunsSaved: 1}},
		{Strategy: inject.History, Consistent: true, Scored: true, Reward: pay(-0.75), Solved: 0, Counted: 4},
		{Strategy: inject.History, Consistent: true, Solved: 1, Counted: 1}, // unscored
	})
	require.Equal(t, selfplay.Totals{
		Rounds: 5, Errored: 1,
		Valid:     selfplay.Ratio{N: 4, Of: 5},
		Refused:   map[string]int{"bug": 1},
		Duplicate: selfplay.Ratio{N: 1, Of: 4},
		Between:   selfplay.Ratio{N: 1, Of: 2},
		Solved:    selfplay.Ratio{N: 1, Of: 7},
		Inject:    selfplay.Mean{Sum: -1.5, N: 3},
		Solve:     selfplay.Mean{Sum: 0, N: 4},
		Children:  selfplay.Ratio{N: 1, Of: 2},
		ShownOnly: selfplay.Ratio{N: 1, Of: 3},
		Seconds:   2,
		Runs:      selfplay.Ratio{N: 3, Of: 4},
	}, s.All)
	require.Len(t, s.Strategies, 2)
	require.Equal(t, inject.History, s.Strategies[0].Strategy)
	require.Equal(t, selfplay.Ratio{N: 4, Of: 4}, s.Strategies[0].Valid)
	require.Equal(t, 1.0, s.Strategies[0].Valid.Share())
	require.Equal(t, selfplay.Ratio{N: 0, Of: 1}, s.Strategies[1].Valid)
	require.Zero(t, selfplay.Summarize(nil).All.Solve.Value())
	require.Zero(t, selfplay.Summarize(nil).All.Valid.Share())
}

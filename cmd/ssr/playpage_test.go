package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/verify"
)

// A play with private tests ends with how many tries satisfied only what they saw.
func TestGapIsTold(t *testing.T) {
	reward := -1.0
	attempt := func(private int) selfplay.Attempt {
		return selfplay.Attempt{Outcome: verify.Unresolved, Public: verify.Tally{Passed: 3, Total: 3}, Private: verify.Tally{Passed: private, Total: 2}, Reward: &reward}
	}
	round := &selfplay.Round{Bug: "0123456789", Consistent: true, Scored: true, Counted: 2, Attempts: []selfplay.Attempt{attempt(1), attempt(2)}}
	p := &page{}
	p.play([]*selfplay.Round{round}, nil, 1, "play.db")
	require.Contains(t, p.text.String(), "1 of 2 tries pass every test that was shown, and not all that were not\n")
	round.Attempts = nil
	p = &page{}
	p.play([]*selfplay.Round{round}, nil, 1, "play.db")
	require.NotContains(t, p.text.String(), "that was shown")
}

package baseline

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
)

func TestOchiai(t *testing.T) {
	seen := &survey.Survey{Coverage: map[string][]survey.Span{
		"fails 1": {{File: "a", First: 1, Last: 4}, {File: "a", First: 3, Last: 5}},
		"fails 2": {{File: "a", First: 4, Last: 4}},
		"passes":  {{File: "a", First: 1, Last: 2}, {File: "b", First: 1, Last: 1}},
	}}
	s := newSpectrum(seen, map[string]bool{"fails 1": true, "fails 2": true})
	for line, want := range map[int]float64{
		1: 0.7071067811865475, // one that fails runs it, and one that passes: 1 / sqrt(1 * 2)
		3: 1,                  // 1 / sqrt(1 * 1), though two spans have it
		4: 1,                  // 2 / sqrt(2 * 2)
		9: 0,
	} {
		require.InDelta(t, want, s.ochiai("a", line), 1e-12, "line %d", line)
	}
	require.Zero(t, s.ochiai("b", 1), "no failing test runs it")
	require.InDelta(t, 0.5, s.share("a", 3), 1e-12)
	require.InDelta(t, 1, s.share("a", 4), 1e-12)
	require.Zero(t, s.share("b", 1))
}

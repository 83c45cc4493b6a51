package preset_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/choose"
	"github.com/selfplay-swe/ssr/internal/vectors"
	"github.com/selfplay-swe/ssr/preset"
	"github.com/selfplay-swe/ssr/reward"
)

// Where nothing succeeded InfCode's preset chooses nobody, and it ends when a patch
// passes stronger tests at once.
func TestInfCode(t *testing.T) {
	play := func(patches ...string) *choose.Adversarial {
		rounds := *preset.InfCode().Selection.Rounds
		tests := []string{"a", "ab"}
		rounds.Write = func(context.Context, choose.Turn) (next string, _ error) {
			if len(tests) > 0 {
				next, tests = tests[0], tests[1:]
			}
			return next, nil
		}
		rounds.Fix = func(_ context.Context, now choose.Turn) (string, error) { return patches[now.Round%len(patches)], nil }
		rounds.Run = func(_ context.Context, patch, tests string) (choose.Results, error) {
			results := choose.Results{}
			for _, letter := range tests {
				results[string(letter)] = strings.ContainsRune(patch, letter)
			}
			return results, nil
		}
		played, err := rounds.Play(t.Context())
		require.NoError(t, err)
		return played
	}
	require.Equal(t, choose.None, play("x").Choice.Index)
	require.Len(t, play("x").Bouts, 5)
	played := play("a", "ab")
	require.Equal(t, 1, played.Choice.Index)
	require.Equal(t, "the stronger tests passed at once", play("ab").End)
}

func TestDevstral(t *testing.T) {
	for _, v := range vectors.Read[struct {
		Name         string
		Attempts     []choose.Attempt
		Temperatures []float64
		Chosen       *int `json:"chosen_attempt"`
	}](t, "iterative_best_of.json") {
		got, err := preset.Devstral().Selection.Iterative.Play(t.Context(),
			func(_ context.Context, n int, _ float64) (choose.Attempt, error) { return v.Attempts[n], nil })
		require.NoError(t, err)
		require.InDeltaSlice(t, v.Temperatures, got.Temperatures, 1e-9, v.Name)
		want := choose.None
		if v.Chosen != nil {
			want = *v.Chosen - 1
		}
		require.Equal(t, want, got.Choice.Index, v.Name)
	}
}

func TestSWEAgent(t *testing.T) {
	for _, v := range vectors.Read[struct {
		Status     map[string]string
		FailToPass []string `json:"fail_to_pass"`
		PassToPass []string `json:"pass_to_pass"`
		Resolution reward.Resolution
	}](t, "swebench_grading.json") {
		want := 0.0
		skipped := false
		for _, status := range v.Status {
			skipped = skipped || status == "SKIPPED" // resolved by the original: its hole
		}
		if v.Resolution == reward.ResolvedFull && !skipped {
			want = 1
		}
		e := reward.Evidence{Results: v.Status, FailToPass: v.FailToPass, PassToPass: v.PassToPass}
		require.Equal(t, want, paid(t, preset.SWEAgent(), e), "%+v", v)
	}
}

package train

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/vectors"
)

// The four things that "overlong filter" means.
func TestOverlongPolicies(t *testing.T) {
	type wanted struct {
		Advantage []*float64
		Trains    []bool
		Kept      *bool `json:"group_kept"`
	}
	policies := map[string]Recipe{
		"mask_zero_reward_in_baseline": {Masks: []Mask{Overlong{Effect: MaskZero}.Mask()}},
		"mask_keep_reward_in_baseline": {},
		"drop_before_baseline":         {Masks: []Mask{Overlong{Effect: Drop}.Mask()}, Filters: []Filter{AtLeast{Samples: 2}.Filter()}},
		"no_mask_penalize_nothing":     {Masks: []Mask{Overlong{Effect: Train}.Mask()}},
	}
	for i, vector := range vectors.Read[map[string]json.RawMessage](t, "overlong_policies.json") {
		rewards, exhausted := as[[]float64](t, vector["rewards"]), as[[]bool](t, vector["budget_exhausted"])
		samples := attempts(rewards, func(i int, s *Sample) {
			if exhausted[i] {
				s.Stop = MaxContext
			}
		})
		for name, recipe := range policies {
			if vector[name] == nil {
				continue
			}
			t.Run(fmt.Sprintf("%d/%s", i, name), func(t *testing.T) {
				want := as[wanted](t, vector[name])
				recipe.Advantage = LeaveOneOut{}.Advantage()
				batch, err := recipe.Batch(samples)
				require.NoError(t, err)
				if want.Kept != nil {
					require.Equal(t, *want.Kept, batch.Groups[0].Kept)
				}
				for i, row := range batch.Groups[0].Rows {
					if want.Advantage[i] == nil {
						require.Nil(t, row.Advantage, i)
					} else {
						near(t, []float64{*want.Advantage[i]}, []float64{*row.Advantage}, i)
					}
					if want.Trains != nil {
						require.Equal(t, want.Trains[i], row.Trains, i)
					}
				}
			})
		}
	}
}

// spread is a vector of the zero variance filter.
type spread struct {
	Rewards []float64
	Uids    []string
	Masks   [][]int `json:"loss_masks"`
	Tol     float64
	Kept    []int
}

func (v spread) check(t *testing.T) {
	masked := Mask{Name: "masked", Run: func(s *Sample) (Cut, error) {
		if s.Steps == 1 {
			return Cut{Effect: MaskKeep, Why: "masked upstream"}, nil
		}
		return Cut{}, nil
	}}
	samples := attempts(v.Rewards, func(i int, s *Sample) {
		s.Group, s.Steps = v.Uids[i], 2
		if v.Masks != nil && !anyOf(v.Masks[i]) {
			s.Steps = 1
		}
	})
	batch, err := Recipe{Masks: []Mask{masked}, Filters: []Filter{ZeroSpread{Tol: v.Tol}.Filter()}}.Batch(samples)
	require.NoError(t, err)
	kept := []int{}
	for _, row := range batch.Sorted() {
		if row.Advantage != nil {
			kept = append(kept, row.Index)
		}
	}
	require.Equal(t, v.Kept, kept)
}

func anyOf(mask []int) bool {
	for _, m := range mask {
		if m != 0 {
			return true
		}
	}
	return false
}

func TestZeroVarianceFilter(t *testing.T) {
	for i, v := range vectors.Read[spread](t, "zero_variance_filter.json") {
		t.Run(fmt.Sprint(i), v.check)
	}
}

// A masked sample cannot make a group look varied.
func TestSpreadIsThatOfLiveSamples(t *testing.T) {
	spread{
		Rewards: []float64{1, 1, 0, 1, 0, 0}, Uids: []string{"a", "a", "a", "b", "b", "b"},
		Masks: [][]int{{1}, {1}, {0}, {1}, {1}, {0}}, Kept: []int{3, 4, 5},
	}.check(t)
}

func TestZeroSpreadOfFewLiveSamples(t *testing.T) {
	samples := attempts([]float64{1, 0}, func(i int, s *Sample) {
		if i > 0 {
			s.Stop = MaxSteps
		}
	})
	for few, kept := range map[bool]bool{false: true, true: false} {
		batch, err := Recipe{Filters: []Filter{ZeroSpread{Few: few}.Filter()}}.Batch(samples)
		require.NoError(t, err)
		require.Equal(t, kept, batch.Groups[0].Kept)
	}
}

// TestUpstream is literals from unit tests of SkyRL and prime-rl.
func TestUpstream(t *testing.T) {
	for i, raw := range vectors.Read[json.RawMessage](t, "upstream_unit_tests.json") {
		v := as[upstream](t, raw)
		t.Run(fmt.Sprintf("%d/%s", i, v.Fn), func(t *testing.T) { v.check(t, raw) })
	}
}

type upstream struct {
	Fn           string
	Rewards      []float64
	Groups       []int
	Uids         []string
	TokenRewards []float64 `json:"token_rewards"`
	Gamma, Lam   *float64  // 1 if absent
	Advantage    float64
	Atol         float64
	Expected     json.RawMessage
}

func (v upstream) check(t *testing.T, raw json.RawMessage) {
	if rule, ok := systems[v.Fn]; ok {
		samples := attempts(v.Rewards, func(i int, s *Sample) {
			if v.Groups != nil {
				s.Group = fmt.Sprint(v.Groups[i])
			}
		})
		near(t, as[[]float64](t, v.Expected), batchOf(t, Recipe{Advantage: rule}, samples))
		return
	}
	if loss, ok := losses(t, raw)[v.Fn]; ok {
		checkLoss(t, raw, loss, as[float64](t, v.Expected))
		return
	}
	switch v.Fn {
	case "reinforce_pp_returns":
		got, err := Returns(v.TokenRewards, v.mask(t, raw), orOne(v.Gamma))
		require.NoError(t, err)
		near(t, as[[]float64](t, v.Expected), got)
	case "gae_returns", "gae_whitened_adv":
		values := as[struct{ Values []float64 }](t, raw).Values
		advantages, got, err := GAE{Gamma: orOne(v.Gamma), Lambda: orOne(v.Lam)}.Of(v.TokenRewards, values, v.mask(t, raw))
		require.NoError(t, err)
		if v.Fn == "gae_whitened_adv" {
			got, err = Whiten(advantages, v.mask(t, raw))
			require.NoError(t, err)
		}
		require.InDeltaSlice(t, as[[]float64](t, v.Expected), got, max(v.Atol, 1e-9))
	case "zero_variance_filter":
		spread{Rewards: v.Rewards, Uids: v.Uids, Kept: as[[]int](t, v.Expected)}.check(t)
	case "broadcast":
		near(t, as[[]float64](t, v.Expected), Broadcast(v.Advantage, v.mask(t, raw)))
	default:
		t.Skip("of another package")
	}
}

// After a token that the mask leaves out a sum starts anew, and with SkipMasked a
// critic's error passes over it.
func TestTokensThatAreMasked(t *testing.T) {
	rewards, mask := []float64{1, 2, 4}, []bool{true, false, true}
	got, err := Returns(rewards, mask, 0.5)
	require.NoError(t, err)
	near(t, []float64{1, 4, 4}, got)
	got, _, err = GAE{Gamma: 1, Lambda: 1, SkipMasked: true}.Of(rewards, []float64{0, 9, 1}, mask)
	require.NoError(t, err)
	near(t, []float64{5, 3, 3}, got)

	_, err = Returns(rewards, mask[:2], 1)
	require.EqualError(t, err, "train: returns: a mask of 2 tokens for 3")
	_, _, err = GAE{}.Of(rewards, rewards[:1], mask)
	require.EqualError(t, err, "train: gae: 1 values for 3 rewards")
	_, err = Whiten([]float64{1, math.NaN()}, []bool{true, true})
	require.EqualError(t, err, "train: whiten: token 1: NaN is no number")
	_, err = Whiten(rewards, []bool{true, false, false})
	require.ErrorContains(t, err, "a deviation needs two")
	_, err = PassAtK(4, 5, 1)
	require.ErrorContains(t, err, "pass@1 of 5 right among 4")
}

func orOne(x *float64) float64 {
	if x == nil {
		return 1
	}
	return *x
}

// mask is that of the vector, or every token.
func (v upstream) mask(t *testing.T, raw json.RawMessage) []bool {
	given := as[struct{ Mask []int }](t, raw).Mask
	mask := make([]bool, max(len(given), len(v.TokenRewards)))
	for i := range mask {
		mask[i] = given == nil || given[i] != 0
	}
	return mask
}

// losses is every loss by its name in vectors.
func losses(t *testing.T, raw json.RawMessage) map[string]Loss {
	sizes := as[struct {
		MicroBatch int `json:"micro_batch"`
		Max        int `json:"max_seq_len"`
	}](t, raw)
	return map[string]Loss{
		"loss_token_mean":              TokenMean{}.Loss(),
		"loss_token_mean_legacy":       TokenMean{MicroBatch: sizes.MicroBatch, Compat: true}.Loss(),
		"loss_sequence_mean":           SequenceMean{}.Loss(),
		"loss_seq_mean_token_sum":      SequenceSum{}.Loss(),
		"loss_seq_mean_token_sum_norm": SequenceSum{Max: sizes.Max}.Loss(),
		"loss_prompt_mean":             PromptMean{}.Loss(),
	}
}

// checkLoss sums token values by the loss's weights.
func checkLoss(t *testing.T, raw json.RawMessage, loss Loss, want float64) {
	v := as[struct {
		Values [][]float64
		Mask   [][]int
		Groups []int
	}](t, raw)
	var sequences []Sequence
	sums := make([]float64, len(v.Values))
	for i, values := range v.Values {
		s := Sequence{}
		if v.Groups != nil {
			s.Group = v.Groups[i]
		}
		for j, x := range values {
			if v.Mask[i][j] != 0 {
				s.Tokens++
				sums[i] += x
			}
		}
		sequences = append(sequences, s)
	}
	weights, err := loss.Run(sequences)
	require.NoError(t, err)
	got := 0.0
	for i, w := range weights {
		got += w * sums[i]
	}
	require.InDelta(t, want, got, 1e-9)
}

func TestLosses(t *testing.T) {
	sequences := []Sequence{{Group: 0, Tokens: 2}, {Group: 0, Tokens: 0}, {Group: 1, Tokens: 4}}
	for _, test := range []struct {
		loss Loss
		want []float64
	}{
		{TokenMean{}.Loss(), []float64{1. / 6, 1. / 6, 1. / 6}},
		{SequenceMean{}.Loss(), []float64{1. / 6, 1. / 3, 1. / 12}},
		{SequenceMean{Live: true}.Loss(), []float64{1. / 4, 1. / 2, 1. / 8}},
		{SequenceSum{}.Loss(), []float64{1. / 3, 1. / 3, 1. / 3}},
		{SequenceSum{Max: 10, Live: true}.Loss(), []float64{1. / 20, 1. / 20, 1. / 20}},
		{PromptMean{}.Loss(), []float64{1. / 4, 1. / 4, 1. / 8}},
	} {
		got, err := test.loss.Run(sequences)
		require.NoError(t, err)
		near(t, test.want, got, test.loss.Name)
	}
	_, err := TokenMean{MicroBatch: 2}.Loss().Run(sequences)
	require.ErrorContains(t, err, "micro-batches of 2 do not divide 3 sequences")
	got, err := TokenMean{MicroBatch: 2, Compat: true}.Loss().Run(sequences)
	require.NoError(t, err)
	near(t, []float64{0.5, 0.5, 0}, got)
}

func TestFormulas(t *testing.T) {
	for i, raw := range vectors.Read[json.RawMessage](t, "formula_vectors.json") {
		v := as[struct {
			Fn    string
			Cases []formula
		}](t, raw)
		for j, c := range v.Cases {
			t.Run(fmt.Sprintf("%d/%s/%d", i, v.Fn, j), func(t *testing.T) {
				got, err := c.value(v.Fn)
				if got == nil {
					t.Skip("of another package")
				}
				require.NoError(t, err)
				require.InDelta(t, c.Expected, *got, 1e-9)
			})
		}
	}
}

type formula struct {
	Expected float64
	Length   int
	MaxLen   int `json:"max_len"`
	Buffer   int
	Factor   float64
	Step     int
	MaxOff   int `json:"max_off_policy_steps"`
	N, C, K  int
}

func (c formula) value(fn string) (*float64, error) {
	var x float64
	var err error
	switch fn {
	case "dapo_soft_overlong":
		x, err = SoftOverlong{Max: c.MaxLen, Buffer: c.Buffer, Factor: c.Factor}.Of(c.Length)
	case "min_fresh_version":
		x = float64(MinFresh(c.Step, c.MaxOff))
	case "pass_at_k":
		x, err = PassAtK(c.N, c.C, c.K)
	default:
		return nil, nil
	}
	return &x, err
}

package train

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/vectors"
)

// systems is every advantage of one group, by the name that vectors give it.
var systems = map[string]Advantage{
	"grpo_std_ddof0":             GRPO{Singleton: SingletonRaw}.Advantage(),
	"grpo_std_ddof1_verl":        GRPO{DDof: 1, Singleton: SingletonRaw}.Advantage(),
	"dr_grpo_no_std":             MeanOnly{Singleton: SingletonRaw}.Advantage(),
	"grpo_prime_mean_only":       MeanOnly{}.Advantage(),
	"rloo_rllm":                  LeaveOneOut{Singleton: SingletonRaw}.Advantage(),
	"rloo_verl":                  LeaveOneOut{Singleton: SingletonRaw}.Advantage(),
	"loop_skyrl_agent":           LeaveOneOut{Singleton: SingletonRaw}.Advantage(),
	"rloo_skyrl_singleton_zero":  LeaveOneOut{}.Advantage(),
	"rloo":                       LeaveOneOut{}.Advantage(), // SkyRL's own unit test
	"maxrl_skyrl":                MaxRL{Eps: 1e-6, Singleton: SingletonRaw, Compat: true}.Advantage(),
	"maxrl_prime":                MaxRL{}.Advantage(),
	"grpo_passk_norm":            PassK{}.Advantage(),
	"grpo_passk_raw":             PassK{Raw: true}.Advantage(),
	"reinforce_pp_baseline":      ReinforcePP{}.Advantage(),
	"prpo":                       BatchNorm{}.Advantage(),
	"opo":                        LengthWeighted{}.Advantage(),
	"hierarchical_grpo":          MeanOnly{}.Advantage(),
	"grpo_linear_length_penalty": MeanOnly{}.Advantage(),
}

func TestAdvantagesOfGroups(t *testing.T) {
	for i, vector := range vectors.Read[map[string]json.RawMessage](t, "advantages_group.json") {
		rewards := as[[]float64](t, vector["rewards"])
		for name, want := range vector {
			if name == "rewards" {
				continue
			}
			t.Run(fmt.Sprintf("%d/%s", i, name), func(t *testing.T) {
				require.Contains(t, systems, name)
				got, err := systems[name].Of(rewards...)
				if string(want) == "null" {
					require.ErrorAs(t, err, new(*GroupError))
					return
				}
				require.NoError(t, err)
				near(t, as[[]float64](t, want), got)
			})
		}
	}
}

// A trace is role, group and reward.
type trace struct {
	role, group string
	reward      float64
}

func (r *trace) UnmarshalJSON(data []byte) error {
	fields := []any{&r.role, &r.group, &r.reward}
	return json.Unmarshal(data, &fields)
}

// A turn of a sequence is role and reward.
type turnOf struct {
	role   string
	reward float64
}

func (r *turnOf) UnmarshalJSON(data []byte) error {
	fields := []any{&r.role, &r.reward}
	return json.Unmarshal(data, &fields)
}

func TestAdvantagesOfBatches(t *testing.T) {
	for i, raw := range vectors.Read[json.RawMessage](t, "advantages_batch.json") {
		v := as[struct{ Fn string }](t, raw)
		t.Run(fmt.Sprintf("%d/%s", i, v.Fn), func(t *testing.T) {
			forms := map[string]func(*testing.T, json.RawMessage){
				"reinforce_pp_baseline": pooled("reinforce_pp_baseline"), "prpo": pooled("prpo"),
				"rae": running, "hierarchical_grpo": hierarchical, "opo": byLength, "grpo_linear_length_penalty": penalised,
			}
			require.Contains(t, forms, v.Fn)
			forms[v.Fn](t, raw)
		})
	}
}

// batchOf makes a batch and returns its advantages in the samples' order.
func batchOf(t *testing.T, r Recipe, samples []Sample) (advantages []float64) {
	t.Helper()
	batch, err := r.Batch(samples)
	require.NoError(t, err)
	for _, row := range batch.Sorted() {
		require.NotNil(t, row.Advantage)
		advantages = append(advantages, *row.Advantage)
	}
	return advantages
}

func pooled(name string) func(*testing.T, json.RawMessage) {
	return func(t *testing.T, raw json.RawMessage) {
		v := as[struct{ Groups, Expected [][]float64 }](t, raw)
		var samples []Sample
		var want []float64
		for g, rewards := range v.Groups {
			for _, r := range rewards {
				samples = append(samples, Sample{Role: "solver", Group: fmt.Sprint(g), Stop: Submitted, Reward: r})
			}
			want = append(want, v.Expected[g]...)
		}
		near(t, want, batchOf(t, Recipe{Advantage: systems[name]}, samples))
	}
}

func running(t *testing.T, raw json.RawMessage) {
	v := as[struct {
		Decay    float64
		Sequence []turnOf
		Expected []float64
		After    map[string]float64 `json:"baselines_after"`
	}](t, raw)
	var samples []Sample
	for _, turn := range v.Sequence {
		samples = append(samples, Sample{Role: turn.role, Group: "g", Stop: Submitted, Reward: turn.reward})
	}
	rule := &RunningBaseline{Decay: v.Decay}
	near(t, v.Expected, batchOf(t, Recipe{Advantage: rule.Advantage()}, samples))
	for role, want := range v.After {
		require.InDelta(t, want, rule.Baselines[role], 1e-9, role)
	}
}

func hierarchical(t *testing.T, raw json.RawMessage) {
	v := as[struct {
		Roles    []string `json:"episode_roles"`
		Traces   []trace
		Expected []float64
	}](t, raw)
	var samples []Sample
	for _, r := range v.Traces {
		samples = append(samples, Sample{Role: r.role, Group: r.group, Parent: "task", Stop: Submitted, Reward: r.reward})
	}
	near(t, v.Expected, batchOf(t, Recipe{Key: Across(v.Roles...), Advantage: systems["hierarchical_grpo"]}, samples))
}

func byLength(t *testing.T, raw json.RawMessage) {
	v := as[struct {
		Lengths           []int
		Rewards, Expected []float64
	}](t, raw)
	for _, rule := range []Advantage{systems["opo"], LengthWeighted{Pool: true}.Advantage()} {
		near(t, v.Expected, batchOf(t, Recipe{Advantage: rule}, attempts(v.Rewards, func(i int, s *Sample) { s.Tokens = v.Lengths[i] })))
	}
}

func penalised(t *testing.T, raw json.RawMessage) {
	v := as[struct {
		Weights           struct{ Output, Input, Turns float64 }
		Rewards, Expected []float64
		Output            []int `json:"output_tokens"`
		Input             []int `json:"input_tokens"`
		Turns             []int
	}](t, raw)
	shape := LengthPenalty{Output: v.Weights.Output, Input: v.Weights.Input, Turns: v.Weights.Turns, Compat: true}.Shape()
	samples := attempts(v.Rewards, func(i int, s *Sample) { s.Tokens, s.Input, s.Steps = v.Output[i], v.Input[i], v.Turns[i] })
	near(t, v.Expected, batchOf(t, Recipe{Shapes: []Shape{shape}, Advantage: systems["grpo_linear_length_penalty"]}, samples))
}

// attempts makes samples of one group, each changed by edit.
func attempts(rewards []float64, edit func(i int, s *Sample)) []Sample {
	samples := make([]Sample, len(rewards))
	for i, r := range rewards {
		samples[i] = Sample{Role: "solver", Group: "bug", Stop: Submitted, Reward: r}
		if edit != nil {
			edit(i, &samples[i])
		}
	}
	return samples
}

func TestAGroupOfOne(t *testing.T) {
	for _, test := range []struct {
		rule Advantage
		want float64
	}{
		{GRPO{}.Advantage(), 0},
		{GRPO{Singleton: SingletonRaw}.Advantage(), 0.5 / (1 + 1e-6)},
		{MeanOnly{}.Advantage(), 0},
		{LeaveOneOut{Singleton: SingletonRaw}.Advantage(), 0.5},
		{ReinforcePP{}.Advantage(), 0},
		{BatchNorm{}.Advantage(), 0},
	} {
		got, err := test.rule.Of(0.5)
		require.NoError(t, err, test.rule.Name)
		require.InDelta(t, test.want, got[0], 1e-12, test.rule.Name)
	}
	_, err := LeaveOneOut{Singleton: SingletonRefuse}.Advantage().Of(0.5)
	require.EqualError(t, err, `train: group "rewards" (solver): leave_one_out: it has one sample, and nothing to compare it with`)
	_, err = MeanOnly{Singleton: "row"}.Advantage().Of(0.5)
	require.ErrorContains(t, err, `unknown singleton "row"`)
}

// MaxRL's original turns better into worse where rewards are below 0; here such a
// group teaches nothing.
func TestMaxRLBelowZero(t *testing.T) {
	got, err := MaxRL{}.Advantage().Of(-1, -1, 0.5)
	require.NoError(t, err)
	require.Equal(t, []float64{0, 0, 0}, got)
	got, err = MaxRL{Compat: true}.Advantage().Of(-1, -1, 0.5)
	require.NoError(t, err)
	require.Negative(t, got[2], "the best sample, pushed down")
	_, err = MaxRL{Compat: true}.Advantage().Of(-1, 1)
	require.ErrorContains(t, err, "divides nothing")
}

func TestAdvantagesRefuse(t *testing.T) {
	for name, test := range map[string]struct {
		rule    Advantage
		rewards []float64
		want    string
	}{
		"no samples":  {GRPO{}.Advantage(), nil, `group "rewards" (solver): grpo: it has no samples`},
		"NaN":         {GRPO{}.Advantage(), []float64{1, math.NaN()}, `group "rewards" (solver): sample 1: its reward is NaN`},
		"infinite":    {MeanOnly{}.Advantage(), []float64{math.Inf(-1)}, "sample 0: its reward is -Inf"},
		"overflow":    {MeanOnly{}.Advantage(), []float64{1e308, 1e308}, "makes its advantage -Inf"},
		"no tokens":   {LengthWeighted{}.Advantage(), []float64{1, 0}, "no sample has a token"},
		"ddof":        {GRPO{DDof: 2}.Advantage(), []float64{1, 0}, "ddof is 2; it is 0 (over n) or 1 (over n-1)"},
		"eps":         {ReinforcePP{Eps: math.NaN()}.Advantage(), []float64{1, 0}, "eps is NaN"},
		"one in all":  {BatchNorm{DDof: 1}.Advantage(), []float64{1}, "no deviation over n-1"},
		"decay":       {(&RunningBaseline{Decay: 1.5}).Advantage(), []float64{1}, "decay is 1.5"},
		"one's own":   {Advantage{Name: "mine", Run: PerGroup(func(*Group) ([]float64, error) { return nil, nil })}, []float64{1}, "mine: 0 advantages for 1 samples"},
		"no such one": {ByRole{}.Advantage(), []float64{1}, "its role has no advantage"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.rule.Of(test.rewards...)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestByRole(t *testing.T) {
	samples := []Sample{
		{Role: "injector", Group: "repo", Stop: Submitted, Reward: 1},
		{Role: "solver", Group: "repo", Stop: Submitted, Reward: 1},
		{Role: "injector", Group: "repo", Stop: Submitted, Reward: 0},
		{Role: "solver", Group: "repo", Stop: Submitted, Reward: 0},
	}
	rule := ByRole{"injector": LeaveOneOut{}.Advantage(), "solver": MeanOnly{}.Advantage()}.Advantage()
	near(t, []float64{1, 0.5, -1, -0.5}, batchOf(t, Recipe{Advantage: rule}, samples))
}

package preset_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/choose"
	"github.com/selfplay-swe/ssr/internal/vectors"
	"github.com/selfplay-swe/ssr/preset"
	"github.com/selfplay-swe/ssr/reward"
	"github.com/selfplay-swe/ssr/rollout"
	"github.com/selfplay-swe/ssr/train"
)

func TestSSR(t *testing.T) {
	type vector struct {
		Fn    string
		Alpha float64
		Cases []struct {
			Valid    bool
			Rate     float64 `json:"solve_rate"`
			Expected float64
		}
	}
	for _, v := range vectors.Read[vector](t, "formula_vectors.json") {
		if v.Fn != "ssr_inject_reward" {
			continue
		}
		var rollouts []rollout.Rollout
		for _, c := range v.Cases {
			rollouts = append(rollouts, injection(rollout.Bug{Valid: c.Valid, Solved: int(c.Rate * 8), Counted: 8, Attempts: 8}))
		}
		batch, err := preset.SSR().Batch(rollouts)
		require.NoError(t, err)
		for i, row := range batch.Sorted() {
			require.InDelta(t, v.Cases[i].Expected, *row.Reward, 1e-9)
		}
	}
	// Solvers are compared with the mean reward of a token: (1·10 - 1·30) / 40.
	pair := attempts(resolved(true), resolved(false))
	pair[1].Sample.Tokens = 30
	got, _ := advantages(t, preset.SSR(), pair)
	require.InDeltaSlice(t, []float64{1.5, -0.5}, got, 1e-9)
}

func injection(b rollout.Bug) rollout.Rollout {
	return rollout.Rollout{Bug: &b, Sample: train.Sample{Role: rollout.Injector, Group: "repository", Stop: train.Submitted}}
}

func TestSWERL(t *testing.T) {
	p := preset.SWERL()
	for _, v := range vectors.Read[struct {
		Name   string
		Oracle []string `json:"oracle_patches"`
		Pred   []string `json:"pred_patches"`
		Reward float64
	}](t, "swerl_unidiff_reward.json") {
		want := v.Reward
		if v.Name == "malformed pred" { // by default a patch that cannot be read is malformed, as an answer is
			want = reward.Malformed
		}
		require.InDelta(t, want, paid(t, p, reward.Evidence{Patches: v.Pred, OraclePatches: v.Oracle}), 1e-9, v.Name)
	}
	for _, v := range vectors.Read[ranking](t, "rerank_agentless_mini.json") {
		got, err := p.Selection.Table.Choose(v.table())
		require.NoError(t, err)
		require.Equal(t, v.Selected, selected(got), v.Name)
	}
}

// A ranking is a vector of the two rerankers.
type ranking struct {
	Name       string
	Samples    int `json:"num_samples"`
	Candidates []struct {
		Patch        string   `json:"normalized_patch"`
		Failures     int      `json:"regression_failures"`
		Passed       []string `json:"reproduction_passed"`
		Reproduction any      `json:"reproduction"`
	}
	Regression, Reproduction *bool
	Selected                 string
}

func (v ranking) table() (list []choose.Candidate) {
	for _, row := range v.Candidates {
		c := choose.Candidate{Patch: row.Patch, Reproduced: row.Passed}
		if row.Failures < 10000 { // the originals' word for: not run
			c.Regression = choose.Count{Passed: 1, Failed: row.Failures}
		}
		if row.Reproduction == true {
			c.Reproduced = []string{"reproduction"}
		}
		list = append(list, c)
	}
	return list
}

func selected(c choose.Choice) string {
	if c.Index == choose.None {
		return ""
	}
	return fmt.Sprintf("P%d", c.Index)
}

func TestSWESwiss(t *testing.T) {
	p := preset.SWESwiss()
	tried := 0
	for _, v := range vectors.Read[ranking](t, "rerank_swe_swiss.json") {
		if !*v.Regression || !*v.Reproduction || v.Samples != len(v.Candidates) {
			continue // of other options than the system's
		}
		tried++
		got, err := p.Selection.Table.Choose(v.table())
		require.NoError(t, err)
		require.Equal(t, v.Selected, selected(got), v.Name)
	}
	require.NotZero(t, tried)
	require.Equal(t, -1.0, paid(t, p, resolved(false)))
	checkCurriculum(t, p, "drop_rate_above", 200)

	// Divided by the deviation over n-1: 1 / (0.5·sqrt(2) + eps) of half the distance.
	got, _ := advantages(t, p, attempts(resolved(true), resolved(false)))
	require.InDeltaSlice(t, []float64{1 / (math.Sqrt2 + 1e-6), -1 / (math.Sqrt2 + 1e-6)}, got, 1e-9)
	batch, err := p.Batch(attempts(resolved(true), resolved(true)))
	require.NoError(t, err)
	require.False(t, batch.Groups[0].Kept, "without spread there is nothing to learn")
}

// checkCurriculum asks for the tasks that a vector's rule keeps.
func checkCurriculum(t *testing.T, p preset.Preset, rule string, step int) {
	t.Helper()
	for _, v := range vectors.Read[struct {
		Rule  string
		Rates map[string]float64
		Pass  map[string]float64 `json:"pass_at_16"`
		Kept  []string
	}](t, "curricula.json") {
		if v.Rule != rule {
			continue
		}
		var tasks []train.Task
		for key, rate := range v.Rates {
			tasks = append(tasks, train.Task{Key: key, Rate: rate, Tries: 3})
		}
		for key, passed := range v.Pass {
			tasks = append(tasks, train.Task{Key: key, Rate: passed / 16, Tries: 16})
		}
		slices.SortFunc(tasks, func(a, b train.Task) int { return strings.Compare(a.Key, b.Key) })
		weights, err := p.Curriculum.Weights(step, tasks)
		require.NoError(t, err)
		var kept []string
		for i, weight := range weights {
			if weight > 0 {
				kept = append(kept, tasks[i].Key)
			}
		}
		require.Equal(t, v.Kept, kept)
		return
	}
	t.Fatalf("no rule %s", rule)
}

func TestKimiDev(t *testing.T) {
	p := preset.KimiDev()
	for _, v := range vectors.Read[struct {
		Fn       string
		FP, PP   [][]int
		F, P     []int
		Expected []float64
	}](t, "formula_vectors.json") {
		if v.Fn == "kimi_dev_self_play_score" {
			got, err := p.Selection.SelfPlay.Choose(choose.Table{F: v.F, P: v.P, FP: v.FP, PP: v.PP})
			require.NoError(t, err)
			require.InDeltaSlice(t, v.Expected, got.Scores, 1e-9)
			require.Equal(t, 0, got.Index)
		}
	}
	checkCurriculum(t, p, "kimi_initial", 0)
	require.Equal(t, 0.0, paid(t, p, resolved(false)))
	writer := attempts(reward.Evidence{Before: map[string]string{"new": "failed"}, After: map[string]string{"new": "passed"}},
		reward.Evidence{Before: map[string]string{"new": "passed"}, After: map[string]string{"new": "passed"}})
	for i := range writer {
		writer[i].Sample.Role = preset.TestWriter
	}
	got, _ := advantages(t, p, writer)
	require.InDeltaSlice(t, []float64{0.5, -0.5}, got, 1e-9)
}

func TestNebius(t *testing.T) {
	stages := map[int]preset.Preset{1: preset.Nebius(), 2: preset.NebiusStage2()}
	for _, v := range vectors.Read[struct {
		Stage, Resolved, Steps int
		Reward                 float64
	}](t, "nebius_reward.json") {
		e := resolved(v.Resolved == 1)
		e.Steps = v.Steps
		require.InDelta(t, v.Reward, paid(t, stages[v.Stage], e), 1e-9, "%+v", v)
	}
	checkCurriculum(t, stages[2], "nebius_stage2 (strict >2/3)", 0)
	checkOverlong(t, stages[1], "no_mask_penalize_nothing")
}

// checkOverlong compares what a preset does with attempts that a budget ended. The
// vectors' advantages are those of leaving one out.
func checkOverlong(t *testing.T, p preset.Preset, policy string) {
	t.Helper()
	for _, raw := range vectors.Read[map[string]json.RawMessage](t, "overlong_policies.json") {
		var rewards []float64
		var exhausted []bool
		var want struct {
			Advantage []float64
			Trains    []bool
		}
		require.NoError(t, json.Unmarshal(raw["rewards"], &rewards))
		require.NoError(t, json.Unmarshal(raw["budget_exhausted"], &exhausted))
		require.NoError(t, json.Unmarshal(raw[policy], &want))
		var rollouts []rollout.Rollout
		for i, r := range rewards {
			one := attempts(resolved(r == 1))[0]
			one.Sample.ID = fmt.Sprint(i)
			if exhausted[i] {
				one.Sample.Stop = train.MaxContext
			}
			rollouts = append(rollouts, one)
		}
		if policy == "no_mask_penalize_nothing" { // of another system's advantage: that all train is what it has
			p.Recipe.Filters, p.Recipe.Advantage = nil, train.LeaveOneOut{}.Advantage()
		}
		got, trains := advantages(t, p, rollouts)
		require.InDeltaSlice(t, want.Advantage, got, 1e-9, "%s of %v", policy, rewards)
		if want.Trains != nil {
			require.Equal(t, want.Trains, trains)
		}
	}
}

func TestDeepSWE(t *testing.T) {
	p := preset.DeepSWE()
	checkOverlong(t, p, "mask_zero_reward_in_baseline")
	late := resolved(true)
	late.TestTime = reward.DeepSWELimit
	require.Zero(t, paid(t, p, late), "its tests were ended at five minutes")
	for _, v := range vectors.Read[struct {
		Regression, Testgen []int
		Verifier            []float64
		Resolved            []bool
		Hybrid              float64
	}](t, "hybrid_verifier_r2e.json") {
		var candidates []choose.Candidate
		for i := range v.Verifier {
			candidates = append(candidates, choose.Candidate{Patch: "p", Regression: choose.Count{Passed: v.Regression[i]}, Generated: v.Testgen[i], Verifier: v.Verifier[i]})
		}
		got, err := p.Selection.Table.Choose(candidates)
		require.NoError(t, err)
		right := 0
		for _, id := range got.Tied {
			if v.Resolved[id] {
				right++
			}
		}
		require.InDelta(t, v.Hybrid, float64(right)/float64(len(got.Tied)), 1e-9)
	}
}

func TestSkyRLAgent(t *testing.T) {
	p := preset.SkyRLAgent()
	checkOverlong(t, p, "mask_keep_reward_in_baseline")
	for _, v := range vectors.Read[struct {
		Expected map[string]string `json:"expected_output_json"`
		Parsed   map[string]string
		Reward   float64
	}](t, "r2e_parse_reward.json") {
		if len(v.Expected) == 0 || v.Parsed[""] != "" {
			continue // holes of the original, which the preset refuses
		}
		require.InDelta(t, v.Reward, paid(t, p, reward.Evidence{Results: v.Parsed, Expected: v.Expected}), 1e-9, "%v", v.Parsed)
	}
}

package reward_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/vectors"
	"github.com/selfplay-swe/ssr/reward"
)

// within is how far a reward may be from its golden number.
const within = 1e-9

func TestAnswerSimilarityVectors(t *testing.T) {
	type vector struct {
		Name         string
		Files        map[string]string `json:"code_context"`
		Changed      map[string]string `json:"oracle_new_content"`
		Output       string
		Reward       float64
		Error        *string
		Similarities map[string]float64
	}
	for _, v := range vectors.Read[vector](t, "swerl_search_replace_reward.json") {
		e := reward.Evidence{Files: v.Files, Changed: v.Changed, Answer: v.Output}
		part := reward.AnswerSimilarity{Compat: true}
		pay, err := reward.Sum(e, part.Part())
		require.NoError(t, err, v.Name)
		require.InDelta(t, v.Reward, pay, within, v.Name)
		files, err := part.Files(e)
		if v.Error != nil {
			require.EqualError(t, err, *v.Error, v.Name)
			continue
		}
		requireSimilarities(t, v.Similarities, files, v.Name)
	}
}

func requireSimilarities(t *testing.T, want map[string]float64, files []reward.FileSimilarity, name string) {
	if want == nil {
		return
	}
	require.Len(t, files, len(want), name)
	for _, file := range files {
		require.Contains(t, want, file.Path, name)
		require.InDelta(t, want[file.Path], file.Ratio, within, "%s: %s", name, file.Path)
	}
}

func TestPatchSimilarityVectors(t *testing.T) {
	type vector struct {
		Name          string
		OraclePatches []string `json:"oracle_patches"`
		PredPatches   []string `json:"pred_patches"`
		Reward        float64
		Similarities  map[string]float64
	}
	for _, v := range vectors.Read[vector](t, "swerl_unidiff_reward.json") {
		e := reward.Evidence{Patches: v.PredPatches, OraclePatches: v.OraclePatches}
		part := reward.PatchSimilarity{Compat: true} // unreadable patches change nothing there
		pay, err := reward.Sum(e, part.Part())
		require.NoError(t, err, v.Name)
		require.InDelta(t, v.Reward, pay, within, v.Name)
		files, err := part.Files(e)
		require.NoError(t, err, v.Name)
		requireSimilarities(t, v.Similarities, files, v.Name)
	}
}

func TestThresholdedVectors(t *testing.T) {
	type vector struct {
		Name            string
		OraclePatches   []string `json:"oracle_patches"`
		PredPatches     []string `json:"pred_patches"`
		OracleFilesOnly bool     `json:"ignore_non_oracle_files"`
		Similarities    map[string]float64
		NotPassed       map[string]float64 `json:"reward_not_passed"`
		Passed          map[string]float64 `json:"reward_passed"`
	}
	for _, v := range vectors.Read[vector](t, "cwm_similarity_reward.json") {
		e := reward.Evidence{Patches: v.PredPatches, OraclePatches: v.OraclePatches}
		near := reward.PatchSimilarity{OracleFilesOnly: v.OracleFilesOnly, Compat: true}
		files, err := near.Files(e)
		require.NoError(t, err, v.Name)
		requireSimilarities(t, v.Similarities, files, v.Name)

		e.Verdict = reward.Unresolved
		for setting, want := range v.NotPassed {
			numbers := settings(t, setting)
			part := reward.Thresholded{Threshold: numbers["threshold"], Scale: numbers["scale"], Similarity: near}
			requirePay(t, want, part.Part(), e, v.Name+": "+setting)
		}
		e.Verdict = reward.Resolved
		for setting, want := range v.Passed {
			part := reward.Thresholded{Threshold: 0.5, Scale: settings(t, setting)["scale"], Similarity: near}
			requirePay(t, want, part.Part(), e, v.Name+": "+setting)
		}
	}
}

func requirePay(t *testing.T, want float64, part reward.Part, e reward.Evidence, message any) {
	pay, err := reward.Sum(e, part)
	require.NoError(t, err, message)
	require.InDelta(t, want, pay, within, message)
}

// settings reads "threshold=0.5,scale=1.0".
func settings(t *testing.T, text string) map[string]float64 {
	numbers := make(map[string]float64)
	for setting := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(setting, "=")
		number, err := strconv.ParseFloat(value, 64)
		require.NoError(t, err, text)
		numbers[strings.TrimSpace(name)] = number
	}
	return numbers
}

func TestAgentlessVectors(t *testing.T) {
	type vector struct {
		Raw      string
		Files    map[string]string
		Commands map[string][]string
		Result   map[string]string
	}
	for _, v := range vectors.Read[vector](t, "agentless_search_replace.json") {
		commands := make(map[string][]string)
		for _, file := range reward.ParseCommands(v.Raw) {
			commands[file.Path] = file.Commands
		}
		require.Equal(t, v.Commands, commands, "%q", v.Raw)
		edited, err := reward.Agentless{Compat: true}.Apply(v.Files, v.Raw)
		require.NoError(t, err, "%q", v.Raw)
		for path, want := range v.Result {
			got, touched := edited[path]
			if !touched {
				got = v.Files[path]
			}
			require.Equal(t, want, got, "%q: %s", v.Raw, path)
		}
	}
}

func TestStepPenaltyVectors(t *testing.T) {
	type vector struct {
		Stage, Resolved, Steps int
		LengthTerm             float64 `json:"length_term"`
		Reward                 float64
	}
	most := map[int]int{1: 40, 2: 80}
	for _, v := range vectors.Read[vector](t, "nebius_reward.json") {
		require.Contains(t, most, v.Stage)
		e := reward.Evidence{Verdict: reward.Unresolved, Steps: v.Steps}
		if v.Resolved == 1 {
			e.Verdict = reward.Resolved
		}
		penalty := reward.StepPenalty{Max: most[v.Stage]}.Part()
		requirePay(t, v.LengthTerm, penalty, e, v)
		pay, err := reward.Sum(e, reward.ResolvedOrNot(), penalty)
		require.NoError(t, err)
		require.InDelta(t, v.Reward, pay, within, "%+v", v)
	}
}

func TestR2EVectors(t *testing.T) {
	type vector struct {
		Log      string
		Expected map[string]string `json:"expected_output_json"`
		Parsed   map[string]string
		Reward   float64
	}
	for _, v := range vectors.Read[vector](t, "r2e_parse_reward.json") {
		parsed := reward.ParsePytestSummary(v.Log)
		require.Equal(t, v.Parsed, parsed, "%q", v.Log)
		e := reward.Evidence{Results: parsed, Expected: v.Expected}
		requirePay(t, v.Reward, reward.R2E{Compat: true}.Part(), e, v)
	}
}

func TestSWEBenchVectors(t *testing.T) {
	type vector struct {
		Status     map[string]string
		FailToPass []string          `json:"fail_to_pass"`
		PassToPass []string          `json:"pass_to_pass"`
		F2P, P2P   float64           // shares
		Resolution reward.Resolution // of SWE-bench
		Kimi       reward.Resolution `json:"kimi_swesmith_resolution"`
	}
	for _, v := range vectors.Read[vector](t, "swebench_grading.json") {
		e := reward.Evidence{Results: v.Status, FailToPass: v.FailToPass, PassToPass: v.PassToPass}
		report, err := reward.SWEBench{Compat: true}.Grade(e)
		require.NoError(t, err)
		require.InDelta(t, v.F2P, report.FailToPass, within, "%+v", v)
		require.InDelta(t, v.P2P, report.PassToPass, within, "%+v", v)
		require.Equal(t, v.Resolution, report.Resolution, "%+v", v)
		kimi, err := reward.SWEBench{Compat: true, IgnorePassToPass: true}.Grade(e)
		require.NoError(t, err)
		require.Equal(t, v.Kimi, kimi.Resolution, "%+v", v)
	}
}

// TestFormulaVectors covers the formulas that are rewards; the others stand with
// what they are of. ssr_inject_reward is TestVectors.
func TestFormulaVectors(t *testing.T) {
	type vector struct {
		Function string `json:"fn"`
		Cases    []struct {
			Steps    int
			Free     int `json:"L_thr"`
			Most     int `json:"T_max"`
			Length   int
			MaxLen   int `json:"max_len"`
			Buffer   int
			Factor   float64
			Expected float64
		}
	}
	for _, v := range vectors.Read[vector](t, "formula_vectors.json") {
		for _, c := range v.Cases {
			switch v.Function {
			case "nebius_step_penalty":
				requirePay(t, c.Expected, reward.StepPenalty{Free: c.Free, Max: c.Most}.Part(), reward.Evidence{Steps: c.Steps}, c)
			case "dapo_soft_overlong":
				part := reward.SoftOverlong{Max: c.MaxLen, Buffer: c.Buffer, Factor: c.Factor}.Part()
				requirePay(t, c.Expected, part, reward.Evidence{Tokens: c.Length}, c)
			}
		}
	}
}

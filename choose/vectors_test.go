package choose

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/vectors"
)

// row is a candidate as the two rerankers' vectors state it.
type row struct {
	Patch        string          `json:"normalized_patch"`
	Failures     int             `json:"regression_failures"`
	Passed       []string        `json:"reproduction_passed"`
	Reproduction json.RawMessage `json:"reproduction"`
}

// notRun is how many failures the originals put for tests that were not run.
const notRun = 10000

func (r row) candidate() Candidate {
	c := Candidate{Patch: r.Patch, Reproduced: r.Passed}
	if r.Failures < notRun {
		c.Regression = Count{Passed: 1, Failed: r.Failures} // some run was made
	}
	if string(r.Reproduction) == "true" {
		c.Reproduced = []string{"reproduction"}
	}
	return c
}

func table(rows []row) (candidates []Candidate) {
	for _, r := range rows {
		candidates = append(candidates, r.candidate())
	}
	return candidates
}

// selected is an index as vectors write it: P2, or nothing.
func selected(t *testing.T, word string) int {
	if word == "" {
		return None
	}
	i, err := strconv.Atoi(strings.TrimPrefix(word, "P"))
	require.NoError(t, err)
	return i
}

func TestAgentlessMini(t *testing.T) {
	for i, v := range vectors.Read[struct {
		Name       string
		Candidates []row
		Selected   string
	}](t, "rerank_agentless_mini.json") {
		t.Run(fmt.Sprintf("%d/%s", i, v.Name), func(t *testing.T) {
			got, err := Agentless{Compat: true}.Chooser().Choose(table(v.Candidates))
			require.NoError(t, err)
			require.Equal(t, selected(t, v.Selected), got.Index, "%+v", got)
		})
	}
}

func TestSWESwiss(t *testing.T) {
	for i, v := range vectors.Read[struct {
		Name                     string
		Samples                  int `json:"num_samples"`
		Regression, Reproduction bool
		Candidates               []row
		Likeness                 []float64 `json:"patch_sim"`
		Selected                 string
	}](t, "rerank_swe_swiss.json") {
		t.Run(fmt.Sprintf("%d/%s", i, v.Name), func(t *testing.T) {
			rule := SWESwiss{Samples: v.Samples, NoRegression: !v.Regression, NoReproduction: !v.Reproduction}
			candidates := table(v.Candidates)
			require.InDeltaSlice(t, v.Likeness, rule.Likeness(candidates), 1e-9)
			got, err := rule.Chooser().Choose(candidates)
			require.NoError(t, err)
			require.Equal(t, selected(t, v.Selected), got.Index, "%+v", got)
		})
	}
}

// The value of a choice is the share of tied winners that are right.
func TestHybridVerifier(t *testing.T) {
	for i, v := range vectors.Read[struct {
		Regression, Testgen []int
		Verifier            []float64
		Resolved            []bool
		Execution           float64 `json:"execution_based"`
		Free                float64 `json:"execution_free"`
		Hybrid              float64
	}](t, "hybrid_verifier_r2e.json") {
		var candidates []Candidate
		for i := range v.Verifier {
			candidates = append(candidates, Candidate{Patch: "p", Regression: Count{Passed: v.Regression[i]}, Generated: v.Testgen[i], Verifier: v.Verifier[i]})
		}
		for want, rule := range map[*float64]Chooser{
			&v.Execution: Execution{Compat: true}.Chooser(), &v.Free: Verifier{}.Chooser(), &v.Hybrid: Hybrid{}.Chooser(),
		} {
			t.Run(fmt.Sprintf("%d/%s", i, rule.Name), func(t *testing.T) {
				got, err := rule.Choose(candidates)
				require.NoError(t, err)
				require.Equal(t, got.Tied[0], got.Index, "ties go to the earliest")
				right := 0
				for _, id := range got.Tied {
					right += one(v.Resolved[id])
				}
				require.InDelta(t, *want, float64(right)/float64(len(got.Tied)), 1e-9)
			})
		}
	}
}

func TestIterativeBestOf(t *testing.T) {
	for i, v := range vectors.Read[struct {
		Name         string
		Attempts     []Attempt
		Run          []int `json:"attempts_run"`
		Temperatures []float64
		Chosen       *int `json:"chosen_attempt"`
		Patch        *string
	}](t, "iterative_best_of.json") {
		t.Run(fmt.Sprintf("%d/%s", i, v.Name), func(t *testing.T) {
			var run []int
			got, err := Iterative{Attempts: len(v.Attempts)}.Play(t.Context(), func(_ context.Context, n int, _ float64) (Attempt, error) {
				run = append(run, n+1)
				return v.Attempts[n], nil
			})
			require.NoError(t, err)
			require.Equal(t, v.Run, run)
			require.InDeltaSlice(t, v.Temperatures, got.Temperatures, 1e-9)
			if v.Chosen == nil {
				require.Equal(t, None, got.Choice.Index)
				return
			}
			require.Equal(t, *v.Chosen, got.Choice.Index+1)
			require.Equal(t, *v.Patch, got.Attempts[got.Choice.Index].Patch)
		})
	}
}

func TestFormulas(t *testing.T) {
	for i, v := range vectors.Read[struct {
		Fn       string
		FP, PP   [][]int
		F, P     []int
		Expected []float64
		Cases    []struct {
			Tests, Patches int
			Expected       float64
		}
	}](t, "formula_vectors.json") {
		t.Run(fmt.Sprintf("%d/%s", i, v.Fn), func(t *testing.T) {
			switch v.Fn {
			case "kimi_dev_self_play_score":
				got, err := Table{F: v.F, P: v.P, FP: v.FP, PP: v.PP}.Scores()
				require.NoError(t, err)
				require.InDeltaSlice(t, v.Expected, got, 1e-9)
			case "agentless_consensus_score":
				for _, c := range v.Cases {
					require.InDelta(t, c.Expected, Consensus(c.Tests, c.Patches), 1e-9)
				}
			default:
				t.Skip("of another package")
			}
		})
	}
}

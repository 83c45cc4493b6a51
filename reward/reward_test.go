package reward_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/vectors"
	"github.com/selfplay-swe/ssr/reward"
)

const tolerance = 1e-12

func ExampleRule_Inject() {
	var rule reward.Rule // the paper's
	for solved := range 9 {
		pay, _, _ := rule.Inject(true, solved, 8)
		fmt.Printf("%d of 8: %6.3f\n", solved, pay)
	}
	// Output:
	// 0 of 8: -0.800
	// 1 of 8:  0.775
	// 2 of 8:  0.550
	// 3 of 8:  0.325
	// 4 of 8:  0.100
	// 5 of 8: -0.125
	// 6 of 8: -0.350
	// 7 of 8: -0.575
	// 8 of 8: -0.800
}

func ExampleRule_Validate() {
	fmt.Println(reward.Rule{Attempts: 3}.Validate())
	// Output:
	// reward: with alpha 0.8 and 3 attempts on a bug no injector can expect to be paid: its best bug, solved with probability 0.423, pays -0.107 on average; alpha 0.8 needs at least 4 attempts
}

func TestSolve(t *testing.T) {
	require.Equal(t, 1.0, reward.Rule{}.Solve(true))
	require.Equal(t, -1.0, reward.Rule{}.Solve(false))
}

func TestInvalidArtifactPaysTheLeastWhateverTheCounts(t *testing.T) {
	for _, counts := range [][2]int{{0, 0}, {4, 8}, {-1, 99}} {
		pay, scored, err := reward.Rule{}.Inject(false, counts[0], counts[1])
		require.NoError(t, err)
		require.True(t, scored)
		require.Equal(t, reward.Invalid, pay)
	}
}

func TestTooFewCountedAttemptsAreUnscored(t *testing.T) {
	for counted := range 9 {
		pay, scored, err := reward.Rule{}.Inject(true, min(1, counted), counted)
		require.NoError(t, err)
		require.Equal(t, counted >= 4, scored, "%d counted", counted)
		if !scored {
			require.Zero(t, pay)
		}
	}
	_, scored, err := reward.Rule{Alpha: 0.1, Attempts: 2}.Inject(true, 1, 2)
	require.NoError(t, err)
	require.True(t, scored, "MinAttempts is never above Attempts by default")
}

func TestShareIsOfCountedAttempts(t *testing.T) {
	pay, scored, err := reward.Rule{}.Inject(true, 1, 5) // three were lost to the machine
	require.NoError(t, err)
	require.True(t, scored)
	require.InDelta(t, 1-1.8/5, pay, tolerance)
}

func TestCountsThatCannotBe(t *testing.T) {
	for _, counts := range [][2]int{{-1, 8}, {5, 4}, {0, 9}, {0, -1}, {math.MaxInt, math.MaxInt}} {
		_, scored, err := reward.Rule{}.Inject(true, counts[0], counts[1])
		require.ErrorContains(t, err, "0 <= solved <= counted <= 8 must hold", "%v", counts)
		require.False(t, scored)
	}
}

func TestRulesThatCannotBe(t *testing.T) {
	tests := []struct {
		rule reward.Rule
		want string
	}{
		{reward.Rule{Alpha: math.NaN()}, "alpha is NaN"},
		{reward.Rule{Alpha: math.Inf(1)}, "alpha is +Inf"},
		{reward.Rule{Alpha: -0.8}, "alpha is -0.8"},
		{reward.Rule{Alpha: 1}, "less than an invalid one"},
		{reward.Rule{Attempts: -8}, "-8 attempts"},
		{reward.Rule{MinAttempts: -1}, "at least -1 of 8"},
		{reward.Rule{MinAttempts: 9}, "at least 9 of 8"},
	}
	for _, test := range tests {
		require.ErrorContains(t, test.rule.Validate(), test.want)
		_, _, err := test.rule.Inject(false, 0, 0)
		require.ErrorContains(t, err, test.want)
		_, err = test.rule.Expected(0.5)
		require.ErrorContains(t, err, test.want)
		_, _, err = test.rule.Best()
		require.ErrorContains(t, err, test.want)
	}
}

// TestVectors compares with the shared golden numbers; SSR_VECTORS names
// another folder of them.
func TestVectors(t *testing.T) {
	type vector struct {
		Function string `json:"fn"`
		Alpha    float64
		Cases    []struct {
			Valid     bool
			SolveRate float64 `json:"solve_rate"`
			Expected  float64
		}
	}
	for _, v := range vectors.Read[vector](t, "formula_vectors.json") {
		if v.Function != "ssr_inject_reward" {
			continue
		}
		for _, c := range v.Cases {
			solved, attempts := fraction(t, c.SolveRate)
			rule := reward.Rule{Alpha: v.Alpha, Attempts: attempts}
			pay, scored, err := rule.Inject(c.Valid, solved, attempts)
			require.NoError(t, err)
			require.True(t, scored)
			require.InDelta(t, c.Expected, pay, tolerance, "%+v", c)
		}
	}
}

// fraction finds the fewest attempts, at least the paper's, that a share can be of.
func fraction(t *testing.T, share float64) (solved, attempts int) {
	for attempts = reward.DefaultAttempts; attempts <= 1000; attempts++ {
		near := math.Round(share * float64(attempts))
		if math.Abs(near/float64(attempts)-share) < tolerance {
			return int(near), attempts
		}
	}
	require.Fail(t, "no share of at most 1000 attempts", "%v", share)
	return 0, 0
}

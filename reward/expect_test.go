package reward_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/reward"
)

// TestBest is the table of section 4 of the rules.
func TestBest(t *testing.T) {
	tests := []struct {
		attempts int
		p, pay   float64
		pays     bool
	}{
		{1, 0, -0.800, false},
		{2, 0.500, -0.350, false},
		{3, 0.423, -0.107, false},
		{4, 0.370, 0.050, true},
		{8, 0.257, 0.370, true},
		{16, 0.169, 0.603, true},
		{32, 0.106, 0.759, true},
	}
	for _, test := range tests {
		rule := reward.Rule{Attempts: test.attempts}
		p, pay, err := rule.Best()
		require.NoError(t, err)
		require.InDelta(t, test.p, p, 0.0005, "p* of %d attempts", test.attempts)
		require.InDelta(t, test.pay, pay, 0.0005, "R(p*) of %d attempts", test.attempts)
		if test.pays {
			require.NoError(t, rule.Validate())
		} else {
			require.ErrorContains(t, rule.Validate(), "needs at least 4 attempts")
		}
	}
}

func TestLowAlphaPaysWithFewerAttempts(t *testing.T) {
	require.NoError(t, reward.Rule{Alpha: 0.3, Attempts: 2}.Validate())
	require.ErrorContains(t, reward.Rule{Alpha: 0.4, Attempts: 2}.Validate(), "needs at least 3 attempts")
	require.ErrorContains(t, reward.Rule{Alpha: 0.1, Attempts: 1}.Validate(), "needs at least 2 attempts")
}

func TestExpectedRefusesWhatIsNoProbability(t *testing.T) {
	for _, p := range []float64{math.NaN(), -1e-9, 1.0001, math.Inf(1), math.Inf(-1)} {
		_, err := reward.Rule{}.Expected(p)
		require.ErrorContains(t, err, "must lie between 0 and 1", "%v", p)
	}
}

// TestExpectedIsTheMeanOfInject sums over every outcome of G attempts.
func TestExpectedIsTheMeanOfInject(t *testing.T) {
	for attempts := 1; attempts <= 32; attempts++ {
		rule := reward.Rule{Attempts: attempts, Alpha: 0.35}
		for _, p := range []float64{0, 0.01, 0.257, 0.5, 0.9, 1} {
			mean := 0.0
			for solved := range attempts + 1 {
				pay, _, err := rule.Inject(true, solved, attempts)
				require.NoError(t, err)
				mean += binomial(attempts, solved, p) * pay
			}
			want, err := rule.Expected(p)
			require.NoError(t, err)
			require.InDelta(t, mean, want, 1e-9, "G = %d, p = %v", attempts, p)
		}
	}
}

// binomial is the probability of exactly k of n at p each.
func binomial(n, k int, p float64) float64 {
	ways := 1.0
	for i := range k {
		ways = ways * float64(n-i) / float64(i+1)
	}
	return ways * math.Pow(p, float64(k)) * math.Pow(1-p, float64(n-k))
}

// FuzzExpected: R lies in [-alpha, 1), is nowhere above R(p*), and is continuous.
func FuzzExpected(f *testing.F) {
	f.Add(0.8, 8, 0.257)
	f.Add(0.8, 1, 0.0)
	f.Add(0.999, 4, 1.0)
	f.Add(1e-300, 1<<40, 1e-12)
	f.Fuzz(func(t *testing.T, alpha float64, attempts int, p float64) {
		rule := reward.Rule{Alpha: alpha, Attempts: attempts}
		pay, err := rule.Expected(p)
		if err != nil {
			return
		}
		if alpha == 0 {
			alpha = reward.DefaultAlpha
		}
		require.GreaterOrEqual(t, pay, -alpha-tolerance)
		require.Less(t, pay, 1+tolerance)
		best, most, err := rule.Best()
		require.NoError(t, err)
		require.True(t, 0 <= best && best <= 1, "p* = %v", best)
		require.LessOrEqual(t, pay, most+1e-9)
		require.Equal(t, most > 0, rule.Validate() == nil)

		next := math.Nextafter(p, 0.5)
		near, err := rule.Expected(next)
		require.NoError(t, err)
		steepest := (1 + alpha) * float64(max(attempts, reward.DefaultAttempts))
		require.InDelta(t, pay, near, steepest*math.Abs(next-p)+1e-9)
	})
}

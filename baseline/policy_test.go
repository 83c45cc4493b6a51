package baseline_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline"
)

func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

var choices = []baseline.Choice{{"a": 1}, {"b": 1}, {"a": 1, "b": 1}, {}}

func TestDrawFollowsTheSoftmax(t *testing.T) {
	p := &baseline.Policy{Weights: map[string]float64{"a": 1, "b": -1}}
	const draws = 20000
	first, r := make([]float64, len(choices)), rng(1)
	for range draws {
		first[p.Draw(r, choices, 1)[0]] += 1.0 / draws
	}
	for i, want := range p.Probabilities(choices) {
		require.InDelta(t, want, first[i], 0.015, "choice %d", i)
	}
}

func TestDrawIsWithoutReplacementAndByItsSeed(t *testing.T) {
	p := &baseline.Policy{Weights: map[string]float64{"a": 3}}
	order := p.Draw(rng(7), choices, 10)
	require.ElementsMatch(t, []int{0, 1, 2, 3}, order)
	require.Equal(t, order, p.Draw(rng(7), choices, 10))
	require.NotEqual(t, order, p.Draw(rng(8), choices, 10))
	require.Empty(t, p.Draw(rng(7), nil, 3))
}

func TestTemperature(t *testing.T) {
	cold := &baseline.Policy{Temperature: 0.01, Weights: map[string]float64{"a": 1}}
	require.InDelta(t, 0.5, cold.Probabilities(choices)[0], 1e-9, "two choices share the best score")
	hot := &baseline.Policy{Temperature: 1e6, Weights: map[string]float64{"a": 1}}
	require.InDelta(t, 0.25, hot.Probabilities(choices)[0], 1e-6)
}

func TestPolicyIsSavedAndLoaded(t *testing.T) {
	name := filepath.Join(t.TempDir(), "policy.json")
	p := baseline.DefaultPolicy()
	require.NoError(t, p.Save(name))
	loaded, err := baseline.LoadPolicy(name)
	require.NoError(t, err)
	require.Equal(t, p, loaded)
	left, err := os.ReadDir(filepath.Dir(name))
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing temporary is left")
}

func TestBadPolicies(t *testing.T) {
	for text, want := range map[string]string{
		``:                           "must be a JSON object",
		`[]`:                         "must be a JSON object",
		`{"version":"ssr.policy/9"}`: `the version is "ssr.policy/9"; this program reads "ssr.policy/1"`,
		`{"weight":{}}`:              "unknown field",
		`{"version":"ssr.policy/1","temperature":-1}`: "it must be above 0",
	} {
		name := filepath.Join(t.TempDir(), "policy.json")
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		_, err := baseline.LoadPolicy(name)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, name)
	}
}

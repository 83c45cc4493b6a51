package baseline

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
)

// PolicyVersion names the form of a stored Policy.
const PolicyVersion = "ssr.policy/1"

// A Policy is the one small policy of both roles: a softmax over features. The
// score of a choice is the sum of its features, each times its weight, divided
// by Temperature. Whoever holds a Policy that is in use must not change it.
type Policy struct {
	Version     string             `json:"version"`     // PolicyVersion
	Temperature float64            `json:"temperature"` // above 0; 0 means 1
	Weights     map[string]float64 `json:"weights"`     // by feature, such as "inject/operator=bool-flip"; absent: 0
}

// A Choice is something that can be drawn, described by its features: 1 for
// what it is, and numbers of about -10 to 10, logarithms among them, for the rest.
type Choice map[string]float64

// score is the exponent of a choice in the softmax. The features are added in
// their order by name, since the sum of floats depends on it.
func (p *Policy) score(c Choice) float64 {
	sum := 0.0
	for _, feature := range slices.Sorted(maps.Keys(c)) {
		sum += p.Weights[feature] * c[feature]
	}
	return sum / cmp.Or(p.Temperature, 1)
}

// Draw returns the indices of n of the choices (of all, if n is larger) in the
// order in which drawing one after the other without replacement takes them,
// each with a probability proportional to exp(score) among those that are left.
// It is the Gumbel-top-k form of that (Kool, van Hoof, Welling, 2019,
// arXiv 1903.06059): one random number for each choice, and a sort.
func (p *Policy) Draw(rng *rand.Rand, choices []Choice, n int) []int {
	keys := make([]float64, len(choices))
	order := make([]int, len(choices))
	for i, choice := range choices {
		order[i] = i
		keys[i] = p.score(choice) - math.Log(rng.ExpFloat64())
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(keys[b], keys[a]) })
	return order[:min(n, len(order))]
}

// Probabilities returns the probability of each choice to be drawn first. They
// sum to 1; there are none of no choices.
func (p *Policy) Probabilities(choices []Choice) []float64 {
	if len(choices) == 0 {
		return nil
	}
	list := make([]float64, len(choices))
	for i, choice := range choices {
		list[i] = p.score(choice)
	}
	top, sum := slices.Max(list), 0.0
	for i := range list {
		list[i] = math.Exp(list[i] - top)
		sum += list[i]
	}
	for i := range list {
		list[i] /= sum
	}
	return list
}

// LoadPolicy reads a policy from a file that Save wrote.
func LoadPolicy(name string) (*Policy, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	p := &Policy{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(p); err != nil {
		return nil, fmt.Errorf("policy %s: %w; it must be a JSON object as ssr writes it", name, err)
	}
	if err := p.validate(); err != nil {
		return nil, fmt.Errorf("policy %s: %w", name, err)
	}
	return p, nil
}

func (p *Policy) validate() error {
	if p.Version != PolicyVersion {
		return fmt.Errorf("the version is %q; this program reads %q", p.Version, PolicyVersion)
	}
	if p.Temperature < 0 {
		return fmt.Errorf("the temperature is %v; it must be above 0", p.Temperature)
	}
	return nil // JSON has no NaN and no infinity
}

// Save writes the policy to a file, which it replaces as a whole or not at all.
func (p *Policy) Save(name string) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	if err := replace(name, append(text, '\n')); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	return nil
}

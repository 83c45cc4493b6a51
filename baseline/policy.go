// Package baseline is the built-in player: both roles without a language model.
package baseline

import "math/rand/v2"

// A Policy is the one small policy of both roles: a softmax over features.
// The score of a choice is the sum of the weights of its features divided by
// Temperature.
type Policy struct {
	Version     string             `json:"version"`
	Weights     map[string]float64 `json:"weights"`     // by feature, such as "inject/operator=bool-flip"; absent: 0
	Temperature float64            `json:"temperature"` // above 0; default 1
}

// A Choice is something that can be drawn, by its features. Values are 1 for
// what is or is not, and small numbers (about -1 to 1, logarithms included) for the rest.
type Choice map[string]float64

// Draw orders n of the choices (all if n is larger) as drawing them one after the other without
// replacement would, each with probability proportional to exp(score).
func (p *Policy) Draw(rng *rand.Rand, choices []Choice, n int) []int {
	panic("not yet")
}

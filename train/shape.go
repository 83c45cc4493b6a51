package train

import (
	"cmp"
	"fmt"
)

// A Shape adds a named part to the rewards of a group. All shapes of a recipe see
// the same rewards, those before any shape, so that their order does not matter.
type Shape struct {
	Name string // lower-case identifier; stored in batches, so it never changes
	Doc  string // one line

	// Run returns what is added to the reward of each sample, in order.
	Run func(g *Group) ([]float64, error)
}

// PerSample makes the Run of a [Shape] that looks at one sample at a time.
func PerSample(one func(s *Sample) float64) func(*Group) ([]float64, error) {
	return func(g *Group) ([]float64, error) {
		parts := make([]float64, len(g.Samples))
		for i := range g.Samples {
			parts[i] = one(&g.Samples[i])
		}
		return parts, nil
	}
}

// LengthPenalty takes off what a sample used, as a share of the most any sample of
// its group used, times the group's mean reward: only where solving is common does
// brevity count (prime-rl grpo.py, length penalty "linear"; after arXiv 2506.05256).
//
//   - mean(r) Σ weight · used / max used
type LengthPenalty struct {
	Output float64 // weight of sampled tokens; prime-rl has 0.25
	Input  float64 // weight of tokens read; prime-rl has 0.1
	Turns  float64 // weight of calls of the model; prime-rl has 0.1

	// Compat applies a mean reward below 0 as it is, as prime-rl does, which pays
	// for length. Otherwise such a group is left alone.
	Compat bool
}

// Shape returns the rule.
func (o LengthPenalty) Shape() Shape {
	return Shape{Name: "length_penalty", Doc: "Less by what was used, relative to the group, where solving is common.", Run: o.run}
}

func (o LengthPenalty) run(g *Group) ([]float64, error) {
	for _, w := range []float64{o.Output, o.Input, o.Turns} {
		if !finite(w) || w < 0 {
			return nil, fmt.Errorf("train: length_penalty: weight %v; weights are finite and not negative", w)
		}
	}
	parts, rate := make([]float64, len(g.Samples)), mean(g.Rewards())
	if rate < 0 && !o.Compat {
		return parts, nil
	}
	take := func(weight float64, used func(*Sample) int) {
		most := 0
		for i := range g.Samples {
			most = max(most, used(&g.Samples[i]))
		}
		for i := range g.Samples {
			if most > 0 {
				parts[i] -= rate * weight * float64(used(&g.Samples[i])) / float64(most)
			}
		}
	}
	take(o.Output, func(s *Sample) int { return s.Tokens })
	take(o.Input, func(s *Sample) int { return s.Input })
	take(o.Turns, (*Sample).steps)
	return parts, nil
}

// SoftOverlong takes off linearly within the last Buffer tokens before Max, and goes
// on after it (DAPO, arXiv 2503.14476; the formula as in verl and SkyRL, which have no
// bound below):
//
//	min(0, -(tokens - (Max - Buffer)) / Buffer · Factor)
type SoftOverlong struct {
	Max    int     // sampled tokens allowed; required
	Buffer int     // where it begins before Max; required
	Factor float64 // what is taken off at Max; default 1
}

// Of returns what a length costs.
func (o SoftOverlong) Of(tokens int) (float64, error) {
	factor := cmp.Or(o.Factor, 1)
	switch {
	case o.Buffer <= 0 || o.Max < o.Buffer:
		return 0, fmt.Errorf("train: soft_overlong: a buffer of %d tokens before %d; 0 < buffer <= max must hold", o.Buffer, o.Max)
	case !finite(factor) || factor < 0:
		return 0, fmt.Errorf("train: soft_overlong: factor is %v; it must not be negative", factor)
	}
	over := float64(tokens) - float64(o.Max-o.Buffer)
	return min(-over/float64(o.Buffer)*factor, 0), nil
}

// Shape returns the rule.
func (o SoftOverlong) Shape() Shape {
	return Shape{Name: "soft_overlong", Doc: "Less by how far into the last tokens a sample went.", Run: func(g *Group) ([]float64, error) {
		parts := make([]float64, len(g.Samples))
		for i := range g.Samples {
			var err error
			if parts[i], err = o.Of(g.Samples[i].Tokens); err != nil {
				return nil, err
			}
		}
		return parts, nil
	}}
}

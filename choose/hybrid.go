package choose

import (
	"cmp"
	"fmt"
	"slices"
)

// Hybrid lets a verifier choose whom tests then compare (R2E-Gym, reproduction
// notebook of verifier_evals; DeepSWE's test-time scaling): of the best half by
// verifier, then regression tests, then generated tests, those that pass the most
// regression tests, of them the most generated tests, of them the verifier's best.
// With no test at all, the verifier decides alone.
type Hybrid struct {
	Keep int // how many the verifier lets through; default max(3, n/2)
}

// Chooser returns the rule.
func (o Hybrid) Chooser() Chooser {
	return Chooser{Name: "hybrid", Doc: "The verifier's best half, then tests, then the verifier.", Run: func(candidates []Candidate) (Choice, error) {
		ids := withPatch(candidates)
		keep := cmp.Or(o.Keep, max(3, len(candidates)/2))
		if keep < 0 {
			return Choice{}, fmt.Errorf("choose: hybrid: the verifier lets %d through; it must be at least one", o.Keep)
		}
		slices.SortStableFunc(ids, func(a, b int) int {
			x, y := candidates[a], candidates[b]
			return cmp.Or(cmp.Compare(y.Verifier, x.Verifier), cmp.Compare(y.Regression.Passed, x.Regression.Passed), cmp.Compare(y.Generated, x.Generated))
		})
		ids = slices.Sorted(slices.Values(ids[:min(keep, len(ids))]))
		steps, left := byTests(candidates, []Step{{"the verifier's best", ids}})
		left = best(left, func(id int) float64 { return candidates[id].Verifier })
		return decide(append(steps, Step{"verifier", left}), left), nil
	}}
}

// byTests narrows what the last step left by regression and generated tests.
func byTests(candidates []Candidate, steps []Step) ([]Step, []int) {
	left := best(steps[len(steps)-1].Left, func(id int) int { return candidates[id].Regression.Passed })
	steps = append(steps, Step{"regression", left})
	left = best(left, func(id int) int { return candidates[id].Generated })
	return append(steps, Step{"generated", left}), left
}

// Execution is R2E-Gym's choice by tests alone: the most regression tests, then the
// most generated tests. Where no test passes with any candidate there is no evidence,
// and it refuses.
type Execution struct {
	Compat bool // without evidence all candidates tie, as in the original
}

// Chooser returns the rule.
func (o Execution) Chooser() Chooser {
	return Chooser{Name: "execution", Doc: "The most regression tests, then the most generated tests.", Run: func(candidates []Candidate) (Choice, error) {
		ids := withPatch(candidates)
		if !o.Compat && len(ids) > 0 && !slices.ContainsFunc(ids, func(id int) bool { return candidates[id].tested() }) {
			return Choice{}, fmt.Errorf("choose: execution: %w", errNoTests)
		}
		return decide(byTests(candidates, []Step{{"with a patch", ids}})), nil
	}}
}

// Verifier is R2E-Gym's choice without execution: the highest opinion.
type Verifier struct{}

// Chooser returns the rule.
func (Verifier) Chooser() Chooser {
	return Chooser{Name: "verifier", Doc: "The verifier's best.", Run: func(candidates []Candidate) (Choice, error) {
		left := best(withPatch(candidates), func(id int) float64 { return candidates[id].Verifier })
		return decide([]Step{{"verifier", left}}, left), nil
	}}
}

// MostPassed is the choice after [Rounds]: the most generated tests passed, then the
// fewest regression tests broken, then the earliest.
type MostPassed struct{}

// Chooser returns the rule.
func (MostPassed) Chooser() Chooser {
	return Chooser{Name: "most_passed", Doc: "The most generated tests, then the fewest broken ones.", Run: func(candidates []Candidate) (Choice, error) {
		left := best(withPatch(candidates), func(id int) int { return candidates[id].Generated })
		steps := []Step{{"generated", left}}
		left = best(left, func(id int) int { return -candidates[id].Regression.failures() })
		return decide(append(steps, Step{"regression", left}), left), nil
	}}
}

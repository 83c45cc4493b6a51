package train

import (
	"fmt"
)

// A Filter drops whole groups. The same type is a gate, run when advantages are
// known.
type Filter struct {
	Name string // lower-case identifier; stored in batches, so it never changes
	Doc  string // one line

	// Run returns why a group is dropped, in a few words; "" keeps it.
	Run func(g *Group) (why string, err error)
}

// ZeroSpread drops groups whose live samples all have one reward: by any
// group-relative advantage they teach nothing (DAPO; SkyRL zero_variance_filter). A
// group with fewer than two live samples has no spread to test and is kept, as
// there.
type ZeroSpread struct {
	Tol float64 // rewards this close are the same; default 0, exactly the same
	Few bool    // drops groups with fewer than two live samples as well
}

// Filter returns the rule.
func (o ZeroSpread) Filter() Filter {
	return Filter{Name: "zero_spread", Doc: "Groups whose live samples all have one reward.", Run: func(g *Group) (string, error) {
		live := g.LiveSamples()
		switch {
		case !finite(o.Tol) || o.Tol < 0:
			return "", fmt.Errorf("train: zero_spread: tolerance is %v; it must not be negative", o.Tol)
		case live > 1 && g.Spread() <= o.Tol:
			return fmt.Sprintf("%d live samples with one reward", live), nil
		case live < 2 && o.Few:
			return fmt.Sprintf("%d live samples; a spread needs two", live), nil
		}
		return "", nil
	}}
}

// AtLeast drops groups that have become too small. rLLM, which removes overlong
// samples before it groups, trains on groups of two and more.
type AtLeast struct {
	Samples int // in the baseline
	Live    int // that will train
}

// Filter returns the rule.
func (o AtLeast) Filter() Filter {
	return Filter{Name: "at_least", Doc: "Groups with too few samples left.", Run: func(g *Group) (string, error) {
		live := g.LiveSamples()
		switch {
		case len(g.Samples) < o.Samples:
			return fmt.Sprintf("%d samples left, fewer than %d", len(g.Samples), o.Samples), nil
		case live < o.Live:
			return fmt.Sprintf("%d live samples, fewer than %d", live, o.Live), nil
		}
		return "", nil
	}}
}

// DefaultMaxOffPolicy is how many policy steps old a rollout may be (SSR, section on
// training: more than 8 steps old are dropped).
const DefaultMaxOffPolicy = 8

// MinFresh returns the oldest policy version that may train at a step, steps
// counted from 1 and versions from 0 (prime-rl orchestrator/utils.py).
func MinFresh(step, maxOffPolicy int) int { return step - 1 - maxOffPolicy }

// TooOld drops groups any part of which an older policy generated: the oldest
// version of a sample decides, and a group stays whole or goes.
type TooOld struct {
	Oldest int // the oldest version that may train; see [MinFresh]
}

// Filter returns the rule.
func (o TooOld) Filter() Filter {
	return Filter{Name: "too_old", Doc: "Groups that a policy older than allowed had a part in.", Run: func(g *Group) (string, error) {
		for i := range g.Samples {
			if v := g.Samples[i].Oldest; v < o.Oldest {
				return fmt.Sprintf("sample %d is of version %d, older than %d", g.Index[i], v, o.Oldest), nil
			}
		}
		return "", nil
	}}
}

// AdvantageRange is a gate that drops groups whose live advantages all lie between
// Min and Max, both inclusive; its zero value drops groups of zeros (prime-rl
// advantage_range_gate.py). A group without live advantages passes.
type AdvantageRange struct{ Min, Max float64 }

// Filter returns the rule, for [Recipe.Gates].
func (o AdvantageRange) Filter() Filter {
	return Filter{Name: "advantage_range", Doc: "Groups whose advantages all lie in a range.", Run: func(g *Group) (string, error) {
		if !(o.Min <= o.Max) { // NaN too
			return "", fmt.Errorf("train: advantage_range: from %v to %v; min <= max must hold", o.Min, o.Max)
		}
		var live []float64
		for i, a := range g.Advantages {
			if g.Live[i] {
				live = append(live, a)
			}
		}
		if o.Admits(live) {
			return "", nil
		}
		return fmt.Sprintf("all advantages between %v and %v", o.Min, o.Max), nil
	}}
}

// Admits says whether some advantage lies outside the range, or there is none.
func (o AdvantageRange) Admits(advantages []float64) bool {
	for _, a := range advantages {
		if a < o.Min || o.Max < a {
			return true
		}
	}
	return len(advantages) == 0
}

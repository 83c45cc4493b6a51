package choose

import (
	"cmp"
	"slices"

	"github.com/selfplay-swe/ssr/textdiff"
)

// SWESwiss is SWE-Swiss's enhanced self-consistency (zhenyuhe00/SWE-Swiss,
// evaluation/agentless/repair/rerank.py). Those with the fewest failed regression
// tests that also reproduce are left; if none reproduces, those with the fewest
// failures; if they have no patch, all that have one. Of these
//
//	score = votes for the same patch + likeness
//
// is highest. Likeness is the mean of the highest Samples/2 indel ratios of the patch
// against all candidates, itself and empty ones included. As there, the fewest
// failures are counted over all candidates: where an empty patch breaks nothing and
// every other breaks something, all candidates are voted on.
type SWESwiss struct {
	Samples        int  // half of it enters the likeness, at least 1; default: the number of candidates
	NoRegression   bool // regression tests are not looked at
	NoReproduction bool // reproduction tests are not looked at
	MaxBytes       int  // a longer patch is like itself alone; default 32 KiB
}

// DefaultMaxBytes is the longest patch whose likeness is worth its time.
const DefaultMaxBytes = 32 << 10

// Chooser returns the rule.
func (o SWESwiss) Chooser() Chooser {
	return Chooser{Name: "swe_swiss", Doc: "Tests, then votes and likeness to all candidates.", Run: o.run}
}

func (o SWESwiss) run(candidates []Candidate) (Choice, error) {
	likeness := o.Likeness(candidates)
	left, steps := o.survivors(candidates, withPatch(candidates))
	votes := map[string]int{}
	for _, id := range left {
		votes[key(candidates, id)]++
	}
	scores := make([]float64, len(candidates))
	for _, id := range left {
		scores[id] = float64(votes[key(candidates, id)]) + likeness[id]
	}
	top := best(best(left, func(id int) float64 { return scores[id] }), func(id int) float64 { return likeness[id] })
	choice := decide(append(steps, Step{"votes and likeness", top}), top)
	choice.Scores = scores
	return choice, nil
}

// survivors returns the candidates that are voted on.
func (o SWESwiss) survivors(candidates []Candidate, all []int) (left []int, steps []Step) {
	left = all
	if !o.NoRegression || !o.NoReproduction {
		fewest := candidates[0].Regression.failures()
		for i := range candidates {
			fewest = min(fewest, candidates[i].Regression.failures())
		}
		left = slices.DeleteFunc(slices.Clone(all), func(id int) bool {
			return !o.NoRegression && candidates[id].Regression.failures() != fewest
		})
		steps = append(steps, Step{"regression", left})
	}
	if !o.NoReproduction {
		reproducing := slices.DeleteFunc(slices.Clone(left), func(id int) bool { return len(candidates[id].Reproduced) == 0 })
		if len(reproducing) > 0 {
			left = reproducing
		}
		steps = append(steps, Step{"reproduction", left})
	}
	if len(left) == 0 {
		left = all
		steps = append(steps, Step{"all with a patch", left})
	}
	return left, steps
}

// Likeness returns how alike each candidate's patch is to those of all.
func (o SWESwiss) Likeness(candidates []Candidate) []float64 {
	top := max(1, min(cmp.Or(max(o.Samples, 0), len(candidates))/2, len(candidates)))
	ratios := map[[2]string]float64{} // many patches are the same
	likeness := make([]float64, len(candidates))
	for i := range candidates {
		row := make([]float64, len(candidates))
		for j := range candidates {
			a, b := key(candidates, i), key(candidates, j)
			pair := [2]string{min(a, b), max(a, b)}
			ratio, known := ratios[pair]
			if !known {
				ratio = o.alike(pair[0], pair[1])
				ratios[pair] = ratio
			}
			row[j] = ratio
		}
		slices.SortFunc(row, func(x, y float64) int { return cmp.Compare(y, x) })
		for _, ratio := range row[:top] {
			likeness[i] += ratio
		}
		likeness[i] /= float64(top)
	}
	return likeness
}

// alike is the indel ratio, which takes time by the product of two lengths.
func (o SWESwiss) alike(a, b string) float64 {
	switch {
	case a == b:
		return 1
	case max(len(a), len(b)) > cmp.Or(o.MaxBytes, DefaultMaxBytes):
		return 0
	}
	return textdiff.IndelRatio(a, b)
}

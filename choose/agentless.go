package choose

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Agentless is the choice of SWE-RL's Agentless mini (facebookresearch/swe-rl,
// agentless_mini/rerank.py, majority_voting). Two filters, fewest failed regression
// tests and the best consensus of reproduction tests, are tried in four ways; the
// first that really narrows the candidates holds:
//
//	regression then reproduction, reproduction then regression, reproduction, regression
//
// Of what is left the most frequent patch is chosen, of equally frequent ones the
// first. Where no test tells candidates apart, votes decide alone, and
// [Choice.Evidence] may be false.
type Agentless struct {
	// Compat keeps the original's order where several consensus groups tie: by
	// group, not by candidate, so that among equally frequent patches, or equal
	// patches, a later candidate can be taken for the first.
	Compat bool
}

// Chooser returns the rule.
func (o Agentless) Chooser() Chooser {
	return Chooser{Name: "agentless_mini", Doc: "Regression tests, consensus of reproduction tests, majority.", Run: o.run}
}

func (o Agentless) run(candidates []Candidate) (Choice, error) {
	all := withPatch(candidates)
	if len(all) == 0 {
		return Choice{Index: None}, nil
	}
	regression := func(ids []int) []int {
		return best(ids, func(id int) int { return -candidates[id].Regression.failures() })
	}
	reproduction := func(ids []int) []int { return o.consensus(candidates, ids) }
	steps := []Step{
		{"regression, reproduction", reproduction(regression(all))},
		{"reproduction, regression", regression(reproduction(all))},
		{"reproduction", reproduction(all)},
		{"regression", regression(all)},
	}
	left := all
	if i := slices.IndexFunc(steps, func(s Step) bool { return len(s.Left) < len(all) }); i >= 0 {
		left, steps = steps[i].Left, steps[:i+1]
	}
	winner, votes := majority(candidates, left)
	return Choice{Index: winner, Tied: votes, Steps: append(steps, Step{"majority", votes})}, nil
}

// Consensus is the weight of a group of patches that pass the same reproduction tests
// (CodeT, arXiv 2207.10397, with the tests squared).
func Consensus(tests, patches int) float64 { return float64(tests) * float64(tests) * float64(patches) }

// consensus returns the candidates of the groups with the highest [Consensus].
func (o Agentless) consensus(candidates []Candidate, ids []int) (left []int) {
	groups, place := [][]int{}, map[string]int{}
	for _, id := range ids {
		key := set(candidates[id].Reproduced)
		at, seen := place[key]
		if !seen {
			at = len(groups)
			place[key] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], id)
	}
	highest := math.Inf(-1)
	for _, group := range groups {
		score := Consensus(distinct(candidates[group[0]].Reproduced), len(group))
		if score > highest {
			highest, left = score, nil
		}
		if score == highest {
			left = append(left, group...)
		}
	}
	if !o.Compat {
		slices.Sort(left)
	}
	return left
}

// set is a key for a set of names. They are quoted, so that none can be taken for two.
func set(names []string) string {
	return fmt.Sprintf("%q", slices.Compact(slices.Sorted(slices.Values(names))))
}

func distinct(names []string) int {
	return len(slices.Compact(slices.Sorted(slices.Values(names))))
}

// majority returns the first of ids whose patch is the most frequent among them, and
// all that share its patch.
func majority(candidates []Candidate, ids []int) (winner int, same []int) {
	votes := map[string]int{}
	for _, id := range ids {
		votes[key(candidates, id)]++
	}
	winner = ids[0]
	for _, id := range ids {
		if votes[key(candidates, id)] > votes[key(candidates, winner)] {
			winner = id
		}
	}
	for _, id := range ids {
		if key(candidates, id) == key(candidates, winner) {
			same = append(same, id)
		}
	}
	return winner, same
}

// key is what a patch votes for.
func key(candidates []Candidate, id int) string { return strings.TrimSpace(candidates[id].Patch) }

package selfplay

import (
	"math/rand/v2"
	"path"
	"slices"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/verify"
)

// An assignment is what the injector of a round is asked for, as data.
type assignment struct {
	Round    int             `json:"round"`
	Source   Source          `json:"source"`
	Snapshot string          `json:"snapshot"` // its key: where a source means something else by now, the round is lost
	Seed     uint64          `json:"seed,string"`
	Strategy inject.Strategy `json:"strategy"`
	Target   inject.Target   `json:"target"`
}

// draw draws a strategy by weight.
func draw(rng *rand.Rand, strategies []WeightedStrategy) inject.Strategy {
	var sum float64
	for _, s := range strategies {
		sum += s.Weight
	}
	at := rng.Float64() * sum
	for _, s := range strategies {
		if at -= s.Weight; at < 0 {
			return s.Strategy
		}
	}
	return strategies[len(strategies)-1].Strategy
}

// possible leaves history out where there is none: a folder has no commit.
func possible(strategies []WeightedStrategy, commit string) []WeightedStrategy {
	if commit != "" {
		return strategies
	}
	return slices.DeleteFunc(slices.Clone(strategies), func(s WeightedStrategy) bool { return s.Strategy == inject.History })
}

// drawn lists the strategies that have a weight.
func drawn(strategies []WeightedStrategy) (list []inject.Strategy) {
	for _, s := range strategies {
		if s.Weight > 0 {
			list = append(list, s.Strategy)
		}
	}
	return list
}

// coverage counts how often the game was at a place of one snapshot.
type coverage struct {
	files  map[string]int        // rounds that aimed at the file, or whose bug changed it
	places map[inject.Target]int // rounds that aimed at just this
}

// cover counts rounds of a snapshot: where those that are asked for aim, and
// what the bugs of those that are done changed. Aims count whatever came of
// them, or a place where no bug can be made would be asked for for ever.
func cover(asked []*turn, done []*Round, snapshot string) coverage {
	c := coverage{map[string]int{}, map[inject.Target]int{}}
	for i, a := range asked {
		if a.Snapshot != snapshot {
			continue
		}
		c.places[a.Target]++
		files := []string{a.Target.File}
		if i < len(done) && done[i].Consistent {
			files = append(files, done[i].Files...)
		}
		slices.Sort(files)
		for _, file := range slices.Compact(files) {
			c.files[file]++
		}
	}
	return c
}

// aim chooses among the targets in the least covered files those that were
// themselves aimed at least often, and draws one. Commits are for the strategy
// that undoes them.
func (c coverage) aim(rng *rand.Rand, targets []inject.Target, strategy inject.Strategy) inject.Target {
	if strategy != inject.History {
		targets = slices.DeleteFunc(slices.Clone(targets), func(t inject.Target) bool { return t.Commit != "" })
	}
	targets = least(targets, func(t inject.Target) int { return c.files[t.File] })
	targets = least(targets, func(t inject.Target) int { return c.places[t] })
	if len(targets) == 0 {
		return inject.Target{}
	}
	return targets[rng.IntN(len(targets))]
}

// least keeps those of the lowest count, in their order.
func least(targets []inject.Target, count func(inject.Target) int) []inject.Target {
	var kept []inject.Target
	lowest := 0
	for _, t := range targets {
		n := count(t)
		if len(kept) == 0 || n < lowest {
			kept, lowest = kept[:0:0], n
		}
		if n == lowest {
			kept = append(kept, t)
		}
	}
	return kept
}

// codeFiles are the targets of an injector that has no opinion: files of code
// that are neither tests nor steer them.
func codeFiles(tree *repo.Tree, steering []verify.Steering) []inject.Target {
	var targets []inject.Target
	for file := range tree.Paths() {
		if slices.Contains(codeSuffixes, path.Ext(file)) && !steered(file, steering) {
			targets = append(targets, inject.Target{File: file})
		}
	}
	return targets
}

var codeSuffixes = []string{
	".go", ".py", ".js", ".mjs", ".cjs", ".ts", ".jsx", ".tsx", ".sh", ".rb", ".rs", ".java", ".kt",
	".c", ".h", ".cc", ".cpp", ".hpp", ".cs", ".php", ".pl", ".lua", ".swift", ".scala", ".ex", ".hs",
}

// steered says whether a rule of [verify.Steering] is about a file.
func steered(file string, rules []verify.Steering) bool {
	return slices.ContainsFunc(rules, func(rule verify.Steering) bool { return rule.About(file) })
}

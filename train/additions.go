package train

import "math/rand/v2"

// Defaults of [Additions], which are Kimi-Dev's.
const (
	DefaultEvery = 100
	DefaultCount = 500
)

// Additions begins with tasks that some attempt solved, and every so many steps
// brings in some that none does (Kimi-Dev, appendix C.1: pass@16 above 0 first; every
// 100 steps 500 drawn from those whose current pass@16 is 0). A task that came in
// stays in: [Task.Active] says so, from the step before. Tasks never tried wait.
type Additions struct {
	Every int     // default 100
	Count int     // default 500
	Score float64 // tasks that come in score more than this
	Seed  uint64
	All   bool // the score is not looked at
}

// Added returns how many have come in by a step, if there were enough.
func (o Additions) Added(step int) int {
	every, count := o.sizes()
	return step / every * count
}

func (o Additions) sizes() (every, count int) {
	every, count = o.Every, o.Count
	if every <= 0 {
		every = DefaultEvery
	}
	if count <= 0 {
		count = DefaultCount
	}
	return every, count
}

// Curriculum returns the rule.
func (o Additions) Curriculum() Curriculum {
	return Curriculum{Name: "additions", Doc: "Solvable tasks first; unsolved ones come in by and by.", Run: o.run}
}

func (o Additions) run(step int, tasks []Task) ([]float64, error) {
	every, count := o.sizes()
	weights := weigh(tasks, func(t Task) bool { return t.Active || t.Tries > 0 && t.Rate > 0 })
	if step == 0 || step%every != 0 {
		return weights, nil
	}
	var unsolved []int
	for i, t := range tasks {
		if !t.Active && t.Tries > 0 && t.Rate == 0 && (o.All || t.Score > o.Score) {
			unsolved = append(unsolved, i)
		}
	}
	rng := rand.New(rand.NewPCG(o.Seed, uint64(step)))
	for _, p := range rng.Perm(len(unsolved))[:min(count, len(unsolved))] {
		weights[unsolved[p]] = 1
	}
	return weights, nil
}

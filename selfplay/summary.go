package selfplay

import (
	"maps"
	"slices"

	"github.com/selfplay-swe/ssr/inject"
)

// A Summary is what rounds came to.
type Summary struct {
	All        Totals
	Strategies []StrategyTotals // sorted by name; those that were drawn
}

// StrategyTotals are the totals of one strategy's rounds.
type StrategyTotals struct {
	Strategy inject.Strategy `json:"strategy"`
	Totals
}

// Totals count rounds and attempts. Rounds that were lost to the machine are in
// Errored and in nothing else.
type Totals struct {
	Rounds    int            `json:"rounds"`
	Errored   int            `json:"errored"`
	Valid     Ratio          `json:"valid"`      // consistent bugs, of the artifacts that were judged
	Refused   map[string]int `json:"refused"`    // those that are not, by the check that refused them
	Duplicate Ratio          `json:"duplicate"`  // near-duplicates, of the consistent bugs
	Between   Ratio          `json:"between"`    // bugs with 0 < s < 1, of those that are scored
	Solved    Ratio          `json:"solved"`     // attempts on scored bugs, of those counted
	Inject    Mean           `json:"inject"`     // reward of an injection
	Solve     Mean           `json:"solve"`      // reward of an attempt, second order included
	Children  Ratio          `json:"children"`   // second-order bugs that an attempt solved, of all
	ShownOnly Ratio          `json:"shown_only"` // attempts that pass every public test and not every private one, of those counted with a split
	Seconds   float64        `json:"seconds"`    // wall time of rounds, summed; rounds side by side count each
	Runs      Ratio          `json:"runs"`       // suite runs made, of those needed: the rest was read from earlier ones
}

// A Ratio is so many of so many.
type Ratio struct {
	N  int `json:"n"`
	Of int `json:"of"`
}

// A Mean is of N values.
type Mean struct {
	Sum float64 `json:"sum"`
	N   int     `json:"n"`
}

// Share is N/Of, and 0 of nothing.
func (r Ratio) Share() float64 {
	if r.Of == 0 {
		return 0
	}
	return float64(r.N) / float64(r.Of)
}

// Value is the mean, and 0 of nothing.
func (m Mean) Value() float64 {
	if m.N == 0 {
		return 0
	}
	return m.Sum / float64(m.N)
}

// Summarize sums rounds up.
func Summarize(rounds []*Round) Summary {
	all, by := newTotals(), map[inject.Strategy]*Totals{}
	for _, round := range rounds {
		if by[round.Strategy] == nil {
			by[round.Strategy] = newTotals()
		}
		all.add(round)
		by[round.Strategy].add(round)
	}
	s := Summary{All: *all}
	for _, strategy := range slices.Sorted(maps.Keys(by)) {
		s.Strategies = append(s.Strategies, StrategyTotals{strategy, *by[strategy]})
	}
	return s
}

func newTotals() *Totals { return &Totals{Refused: map[string]int{}} }

func (t *Totals) add(r *Round) {
	t.Seconds += r.Cost.Wall
	t.Runs.N += r.Cost.Runs
	t.Runs.Of += r.Cost.Runs + r.Cost.RunsSaved
	if r.Errored != "" {
		t.Errored++
		return
	}
	t.Rounds++
	t.Valid.count(r.Consistent)
	if r.Refusal != nil {
		t.Refused[r.Refusal.Check]++
	}
	if r.Consistent {
		t.Duplicate.count(r.Duplicate != nil)
	}
	if r.Reward != nil {
		t.Inject.add(*r.Reward)
	}
	if r.Consistent && r.Scored {
		t.Between.count(0 < r.Solved && r.Solved < r.Counted)
		t.Solved.N += r.Solved
		t.Solved.Of += r.Counted
	}
	t.attempts(r.Attempts)
	for _, child := range r.Children {
		t.Children.count(child.Solved > 0)
		t.attempts(child.Attempts)
	}
	gap := r.Gap()
	t.ShownOnly.N += gap.N
	t.ShownOnly.Of += gap.Of
}

func (t *Totals) attempts(attempts []Attempt) {
	for _, a := range attempts {
		if a.Reward != nil {
			t.Solve.add(*a.Reward)
		}
	}
}

func (r *Ratio) count(yes bool) {
	r.Of++
	if yes {
		r.N++
	}
}

func (m *Mean) add(value float64) {
	m.Sum += value
	m.N++
}

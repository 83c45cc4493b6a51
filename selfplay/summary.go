package selfplay

import "github.com/selfplay-swe/ssr/inject"

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
	panic("not yet")
}

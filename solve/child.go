package solve

// A Child is a second-order bug: what a failed attempt left (rules, section 5).
type Child struct {
	Patch      []byte   // the failed attempt's, against Bug.Weakened
	FailToPass []string // of the bug's tests: what still does not pass; sorted
	PassToPass []string // and what does
}

package choose

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Candidate is what is known of one patch. Evidence that a chooser does not ask
// for may be left zero.
type Candidate struct {
	ID         string   `json:"id,omitempty"`
	Patch      string   `json:"patch"`                // normalised; white space alone is no patch, and never chosen
	Regression Count    `json:"regression"`           // tests that passed before the patch
	Reproduced []string `json:"reproduced,omitempty"` // reproduction tests that pass with it, by id; a set
	Generated  int      `json:"generated,omitempty"`  // generated tests that pass with it
	Verifier   float64  `json:"verifier,omitempty"`   // a model's opinion; higher is better
}

// A Count is how many tests passed and failed. The zero Count is no evidence: none
// was run.
type Count struct {
	Passed int `json:"passed"`
	Failed int `json:"failed"`
}

// failures orders counts; what was not run is worse than any failure.
func (c Count) failures() int {
	if c == (Count{}) {
		return math.MaxInt
	}
	return c.Failed
}

func (c *Candidate) empty() bool { return strings.TrimSpace(c.Patch) == "" }

// tested says whether some test passed with c.
func (c *Candidate) tested() bool {
	return c.Regression.Passed > 0 || len(c.Reproduced) > 0 || c.Generated > 0
}

// None is the index of no candidate.
const None = -1

// A Choice is which candidate, and why.
type Choice struct {
	Index    int       `json:"index"`            // None: none is worth choosing
	Tied     []int     `json:"tied,omitempty"`   // all that were as good, in order
	Evidence bool      `json:"evidence"`         // some test passed with it; else votes or an opinion decided alone
	Scores   []float64 `json:"scores,omitempty"` // of every candidate, where the rule has scores
	Steps    []Step    `json:"steps,omitempty"`
}

// A Step is what one part of a rule left.
type Step struct {
	Rule string `json:"rule"`
	Left []int  `json:"left"` // candidates, in order
}

// A Chooser is a rule over a table.
type Chooser struct {
	Name string // lower-case identifier; stored, so it never changes
	Doc  string // one line
	Run  func(candidates []Candidate) (Choice, error)
}

// Choose returns the choice among candidates, which it reads first: no candidates,
// or evidence that cannot be, is an error that names the candidate. That none of
// them has a patch is a choice of [None].
func (c Chooser) Choose(candidates []Candidate) (Choice, error) {
	if len(candidates) == 0 {
		return Choice{Index: None}, fmt.Errorf("choose: %s: no candidates", c.Name)
	}
	for i := range candidates {
		if problem := candidates[i].problem(); problem != "" {
			return Choice{Index: None}, fmt.Errorf("choose: %s: candidate %d: %s", c.Name, i, problem)
		}
	}
	choice, err := c.Run(candidates)
	if err != nil {
		return Choice{Index: None}, err
	}
	if choice.Index < None || choice.Index >= len(candidates) {
		return Choice{Index: None}, fmt.Errorf("choose: %s: it chose %d of %d candidates", c.Name, choice.Index, len(candidates))
	}
	choice.Evidence = choice.Index != None && candidates[choice.Index].tested()
	return choice, nil
}

func (c *Candidate) problem() string {
	switch {
	case c.Regression.Passed < 0 || c.Regression.Failed < 0 || c.Generated < 0:
		return fmt.Sprintf("%d and %d regression tests, %d generated; none can be negative", c.Regression.Passed, c.Regression.Failed, c.Generated)
	case math.IsNaN(c.Verifier) || math.IsInf(c.Verifier, 0):
		return fmt.Sprintf("the verifier's score is %v; it must be finite", c.Verifier)
	}
	return ""
}

// withPatch returns the candidates that have a patch.
func withPatch(candidates []Candidate) (ids []int) {
	for i := range candidates {
		if !candidates[i].empty() {
			ids = append(ids, i)
		}
	}
	return ids
}

// best returns those of ids for which score is highest, in their order.
func best[T cmp.Ordered](ids []int, score func(id int) T) (top []int) {
	for _, id := range ids {
		switch {
		case len(top) == 0 || score(id) > score(top[0]):
			top = []int{id}
		case score(id) == score(top[0]):
			top = append(top, id)
		}
	}
	return top
}

// decide makes a choice of what is left last: the earliest.
func decide(steps []Step, tied []int) Choice {
	if len(tied) == 0 {
		return Choice{Index: None, Steps: steps}
	}
	tied = slices.Sorted(slices.Values(tied))
	return Choice{Index: tied[0], Tied: tied, Steps: steps}
}

// errNoTests is for rules that are nothing without tests.
var errNoTests = errors.New("no test passes with any candidate, so there is no evidence to choose by")

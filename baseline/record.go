package baseline

import "github.com/selfplay-swe/ssr/inject"

// RecordVersion names the form of a stored Record.
const RecordVersion = "ssr.injection/1"

// A Record is how an injection was made: enough to learn from, and to find the
// same choices again. It has no times, since it is part of what one seed gives.
type Record struct {
	Version    string          `json:"version"` // RecordVersion
	Strategy   inject.Strategy `json:"strategy"`
	Target     inject.Target   `json:"target"`     // as asked
	Aim        inject.Target   `json:"aim"`        // as drawn within it
	Tests      int             `json:"tests"`      // of the artifact's suite
	Candidates int             `json:"candidates"` // edits that break some of them
	Drafts     []Draft         `json:"drafts"`     // in the order in which they were made; the last one is handed in, unless Problem says otherwise
	Problem    string          `json:"problem"`    // why no bug was handed in; "" when one was
}

// A Draft is a bug that was put together and checked.
type Draft struct {
	Parts    []Part `json:"parts"`
	Draws    []Draw `json:"draws"`             // of the parts, in their order
	Expected int    `json:"expected"`          // tests that should break
	Broken   int    `json:"broken"`            // tests that do
	Hidden   int    `json:"hidden"`            // of those, what the weakening hides
	Problem  string `json:"problem,omitempty"` // what kept it from being handed in
}

// A Part is one edit of a bug.
type Part struct {
	Operator string `json:"operator"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Func     string `json:"func"`
	Commit   string `json:"commit,omitempty"`
	Broken   int    `json:"broken"` // tests that it breaks alone
}

// A Draw is a decision of the policy: what it took, how probable that was, and
// what it could expect. The gradient of the logarithm of the probability is
// Features - Expected, over the temperature; more is not needed to learn.
type Draw struct {
	Choices     int     `json:"choices"`
	Probability float64 `json:"probability"`
	Features    Choice  `json:"features"`
	Expected    Choice  `json:"expected"` // mean over the choices
}

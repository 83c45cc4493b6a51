package selfplay

import (
	"slices"
	"time"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/verify"
)

// RoundVersion names the form of a stored Round. Fields may be added under one
// name; a field that is there keeps its meaning.
const RoundVersion = "ssr.round/1"

// A Ref names a stored blob by its content: "sha256:" and hexadecimal digits.
type Ref string

// A Round is one injection and all that came of it. Its Content is a function of
// the play's configuration and seed.
type Round struct {
	Version  string `json:"version"` // RoundVersion
	Index    int    `json:"index"`   // from 0
	Source   string `json:"source"`
	Commit   string `json:"commit"`
	Snapshot string `json:"snapshot"` // its key
	Seed     uint64 `json:"seed,string"`

	Strategy inject.Strategy `json:"strategy"`
	Target   inject.Target   `json:"target"`
	Artifact Ref             `json:"artifact"` // the five files, as JSON of bug.Files
	Record   Ref             `json:"record"`   // the injector's own; "" if none
	Report   Ref             `json:"report"`   // the judge's, as JSON of verify.Report

	Bug        string     `json:"bug"` // its key; "" when the artifact is not consistent
	Consistent bool       `json:"consistent"`
	Refusal    *Refusal   `json:"refusal,omitempty"` // why it is not consistent; nil when it is
	Files      []string   `json:"files"`             // that the bug touches
	FailToPass int        `json:"fail_to_pass"`      // how many tests it breaks
	PassToPass int        `json:"pass_to_pass"`
	Duplicate  *Duplicate `json:"duplicate,omitempty"` // of an earlier bug: no attempts, no pay

	Attempts []Attempt `json:"attempts"` // first order, in order of Index
	Solved   int       `json:"solved"`
	Counted  int       `json:"counted"`
	Scored   bool      `json:"scored"`
	Reward   *float64  `json:"reward"`            // the injector's; null: unscored
	Children []Child   `json:"children"`          // second-order bugs
	Errored  string    `json:"errored,omitempty"` // the machine failed, and there is no verdict

	Cost Cost `json:"cost"`
}

// Content is the round without what differs between two plays of one seed: Cost,
// and the references to reports, grades and records, which hold times and logs.
func (r *Round) Content() *Round {
	c := *r
	c.Cost, c.Report, c.Record = Cost{}, "", ""
	c.Attempts, c.Children = content(r.Attempts), slices.Clone(r.Children)
	for i := range c.Children {
		c.Children[i].Attempts = content(c.Children[i].Attempts)
	}
	return &c
}

func content(attempts []Attempt) []Attempt {
	attempts = slices.Clone(attempts)
	for i := range attempts {
		attempts[i].Grade, attempts[i].Record = "", ""
	}
	return attempts
}

// Gap is the difference that a private share of the tests makes (rules, section
// 6): the attempts that pass every public test of FAIL_TO_PASS and not every
// private one, of those that count and had private ones.
func (r *Round) Gap() Ratio {
	var gap Ratio
	for _, a := range r.Attempts {
		if a.Outcome != verify.Errored && a.Private.Total > 0 {
			gap.count(a.Public.Passed == a.Public.Total && a.Private.Passed < a.Private.Total)
		}
	}
	return gap
}

// A Refusal is what the judge refused an artifact for: the first check that was
// made and did not pass, and a sentence. Five empty files are the injector's way of
// saying that it found no bug, and so does the sentence.
type Refusal struct {
	Check   string `json:"check"`
	Finding string `json:"finding"`
}

// A Duplicate says which earlier bug a bug is too like, and how that shows.
type Duplicate struct {
	Of int    `json:"of"` // the earlier round
	By string `json:"by"` // "tree", "diff", "tests"
}

// An Attempt is one solver's try.
type Attempt struct {
	Index   int            `json:"index"`
	Seed    uint64         `json:"seed,string"`
	Outcome verify.Outcome `json:"outcome"`
	Stop    string         `json:"stop"`   // how it ended, a word of solve.Stop; "": the machine ended it
	Reason  string         `json:"reason"` // one sentence, the grade's
	Patch   Ref            `json:"patch"`  // against the tree that the solver was given
	Grade   Ref            `json:"grade"`
	Record  Ref            `json:"record"`
	Public  verify.Tally   `json:"public"`  // the tests that were shown
	Private verify.Tally   `json:"private"` // those that only score; 0 of 0 without a split
	Reward  *float64       `json:"reward"`  // null: not counted
}

// A Child is a second-order bug: what a failed attempt left.
type Child struct {
	Of         int       `json:"of"`   // index of the attempt
	Tree       string    `json:"tree"` // its key
	FailToPass int       `json:"fail_to_pass"`
	Attempts   []Attempt `json:"attempts"`
	Solved     int       `json:"solved"`
	Counted    int       `json:"counted"`
}

// Cost is what a round took. It is no part of its Content: it differs between plays
// of one seed.
type Cost struct {
	Seconds   map[string]float64 `json:"seconds"`    // wall time by stage, summed over its steps
	Wall      float64            `json:"wall"`       // seconds from the first step to the last
	Runs      int                `json:"runs"`       // suite runs made
	RunsSaved int                `json:"runs_saved"` // and read from earlier ones
	Retries   int                `json:"retries"`    // steps done again after a fault of the machine

	began, ended time.Time
}

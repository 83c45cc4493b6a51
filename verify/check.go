package verify

import (
	"context"
	"fmt"
	"strings"

	"github.com/selfplay-swe/ssr/suite"
)

// A Check is one rule that every artifact must satisfy.
type Check struct {
	Name string // lower-case identifier; stored in reports, so it never changes
	Doc  string // one line, then paragraphs

	// Facts decides what can be known without running anything; nil: nothing
	// can. The facts of all checks are looked at before the first run.
	Facts func(*Pass) (Verdict, error)

	// Run decides the rest, when all facts are right and all checks before
	// this one have passed; nil: Facts decides.
	Run func(context.Context, *Pass) (Verdict, error)
}

// Checks lists the seven checks in the paper's order (section 2.3).
func Checks() []Check {
	return []Check{testFiles, parser, script, scope, breaks, weakening, inverseMutation}
}

// Checks lists the checks that the options ask for: the seven, and the
// perturbation as the eighth.
func (o Options) Checks() []Check {
	if o.Perturb {
		return append(Checks(), perturbation)
	}
	return Checks()
}

// A Verdict is what a check found.
type Verdict struct {
	Passed   bool     `json:"passed"`
	Finding  string   `json:"finding"` // one sentence: what was seen; where it is wrong, what would be right
	Evidence Evidence `json:"evidence"`

	open bool // not decided: a later check says why
}

// Evidence is what a finding rests on. All of it may come from a player:
// whoever prints it escapes it.
type Evidence struct {
	Counts map[string]int      `json:"counts,omitempty"`
	IDs    map[string][]string `json:"ids,omitempty"`   // at most 20 of a kind; Counts has how many there are
	Files  []string            `json:"files,omitempty"` // at most 20
	Runs   []RunEvidence       `json:"runs,omitempty"`
	Log    []string            `json:"log,omitempty"` // the lines that matter, with control characters escaped
}

// A RunEvidence tells of one run of the suite.
type RunEvidence struct {
	Name     string         `json:"name"`  // such as "bug #2"
	Ended    string         `json:"ended"` // how the script ended: a sandbox.Class
	ExitCode int            `json:"exit_code"`
	Statuses map[string]int `json:"statuses"` // tests by status
	Problem  string         `json:"problem,omitempty"`
	Seconds  float64        `json:"seconds"` // script and parser
	Saved    bool           `json:"saved"`   // not made now, but read from an earlier one
}

const (
	mostIDs   = 20
	mostLines = 10
)

// fail is a verdict against the artifact.
func fail(format string, args ...any) Verdict {
	return Verdict{Finding: fmt.Sprintf(format, args...)}
}

// pass is a verdict for it.
func pass(format string, args ...any) Verdict {
	return Verdict{Passed: true, Finding: fmt.Sprintf(format, args...)}
}

// ids adds a named list of tests and its length.
func (v Verdict) ids(name string, ids []string) Verdict {
	v = v.count(name, len(ids))
	if len(ids) == 0 {
		return v
	}
	if v.Evidence.IDs == nil {
		v.Evidence.IDs = map[string][]string{}
	}
	v.Evidence.IDs[name] = ids[:min(len(ids), mostIDs)]
	return v
}

func (v Verdict) count(name string, n int) Verdict {
	if v.Evidence.Counts == nil {
		v.Evidence.Counts = map[string]int{}
	}
	v.Evidence.Counts[name] = n
	return v
}

func (v Verdict) files(paths ...string) Verdict {
	v.Evidence.Files = paths[:min(len(paths), mostIDs)]
	return v
}

// runs adds what was run.
func (v Verdict) runs(runs ...*run) Verdict {
	for _, r := range runs {
		v.Evidence.Runs = append(v.Evidence.Runs, r.evidence())
	}
	return v
}

// log adds the lines of a run's log that matter.
func (v Verdict) log(r *run) Verdict {
	v.Evidence.Log = suite.Excerpt(r.Log, mostLines)
	return v
}

// few lists the first few of some ids in a finding.
func few(ids []string) string {
	const most = 3
	shown := make([]string, min(len(ids), most))
	for i := range shown {
		shown[i] = suite.Printable(ids[i])
	}
	text := strings.Join(shown, ", ")
	if len(ids) > most {
		text += fmt.Sprintf(" and %d more", len(ids)-most)
	}
	return text
}

// tests counts tests in words.
func tests(n int) string {
	if n == 1 {
		return "1 test"
	}
	return fmt.Sprintf("%d tests", n)
}

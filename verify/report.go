package verify

import "time"

// ReportVersion names the form of a stored [Report]. Fields may be added under
// one name; a field that is there keeps its meaning.
const ReportVersion = "ssr.report/1"

// A Report is what [Judge.Verify] found, and everything it was found with.
// Lists are sorted and never nil.
type Report struct {
	Version    string     `json:"version"` // ReportVersion
	Consistent bool       `json:"consistent"`
	Checks     []Decision `json:"checks"` // all of Options.Checks, in order

	// What was measured, up to where the checks came.
	FailToPass []string `json:"fail_to_pass"` // pass on the original, never with the bug
	PassToPass []string `json:"pass_to_pass"` // pass on the original and with the bug
	Flaky      []string `json:"flaky"`        // differ between runs of one tree; in no other list
	Hidden     []string `json:"hidden"`       // of FailToPass: what the weakening hides

	// Suite runs that the verdicts rest on: made now, and read from earlier
	// ones. Runs that were begun ahead and not needed are in neither.
	Runs      int     `json:"runs"`
	RunsSaved int     `json:"runs_saved"`
	Seconds   float64 `json:"seconds"` // wall time of all of it

	Source   string  `json:"source"`   // of the snapshot, as it was given
	Commit   string  `json:"commit"`   // of the snapshot; "" when it has none
	Snapshot string  `json:"snapshot"` // its key
	Artifact string  `json:"artifact"` // SHA-256 of the five files
	Options  Options `json:"options"`  // with the defaults filled in

	bug Bug
}

// A Decision is the verdict of one check.
type Decision struct {
	Name string `json:"name"` // of the Check
	Verdict
}

// newReport puts a report together; it is consistent when every check passed.
func newReport(p *Pass, decisions []Decision, took time.Duration) *Report {
	r := &Report{
		Version:    ReportVersion,
		Consistent: true,
		Checks:     decisions,
		FailToPass: list(p.failToPass),
		PassToPass: list(p.passToPass),
		Flaky:      list(p.flaky),
		Hidden:     list(p.hidden),
		Seconds:    took.Seconds(),
		Options:    p.Options,
	}
	for _, decision := range decisions {
		r.Consistent = r.Consistent && decision.Passed
	}
	if p.Snapshot != nil {
		r.Source, r.Commit, r.Snapshot = p.Snapshot.Source, p.Snapshot.Commit, p.Snapshot.Key
		r.Artifact = artifactKey(p.Artifact)
	}
	if p.runs != nil {
		r.Runs, r.RunsSaved = p.runs.made, p.runs.saved
	}
	if r.Consistent {
		r.bug = Bug{newVerified(p)}
	}
	return r
}

// list makes nil the empty list.
func list(ids []string) []string {
	if ids == nil {
		return []string{}
	}
	return ids
}

// Bug returns the bug that a consistent artifact states. It is the only door to
// a Bug that is not zero, and a report that was read back from JSON does not
// open it: verify again, which costs nothing where the runs were kept.
func (r *Report) Bug() (Bug, bool) {
	return r.bug, r.bug.v != nil
}

// newVerified keeps what a pass has measured.
func newVerified(p *Pass) *verified {
	return &verified{
		artifact: p.Artifact,
		snapshot: p.Snapshot,
		original: p.Original, broken: p.Broken, weakened: p.Weakened,
		failToPass: p.failToPass, passToPass: p.passToPass, flaky: p.flaky, hidden: list(p.hidden),
		normal: p.first.Run,
	}
}

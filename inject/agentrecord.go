package inject

import (
	"encoding/json"
	"fmt"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/bug"
)

// RecordVersion names the form of a stored [Record]. Fields may be added under one
// name; a field that is there keeps its meaning.
const RecordVersion = "ssr.agent-injection/1"

// A Record is what an [Agent] keeps of an injection: [Injection].Record, as JSON.
//
// The script, the parser and the list of test files are handed in as the policy
// wrote them. The two diffs are not: the engine makes them of the tree. What was
// changed of the listed test files is the weakening, which follows the bug, and
// the rest is the bug. So a diff that is broken, or says something else than what
// the policy ran its tests on, spoils no bug; Comparison says where it differs.
type Record struct {
	Version    string            `json:"version"` // RecordVersion
	Trajectory *agent.Trajectory `json:"trajectory"`
	Comparison *Comparison       `json:"comparison,omitempty"` // of what was handed in; nil: nothing was
	Feedback   []Round           `json:"feedback"`             // in order; never nil
}

// A Comparison holds the policy's two diffs against the tree.
type Comparison struct {
	Differences []Difference `json:"differences"`     // by diff, then by path; never nil
	More        int          `json:"more,omitempty"`  // that are not listed
	Notes       []string     `json:"notes,omitempty"` // what of the tree is in no diff, as sentences
}

// A Difference is one place where a diff is not what the tree says.
type Difference struct {
	Diff string `json:"diff"`           // bug.InjectName or bug.WeakenName
	Path string `json:"path,omitempty"` // "": the diff as a whole
	What string `json:"what"`
}

func (d Difference) String() string {
	if d.Path == "" {
		return d.Diff + ": " + d.What
	}
	return fmt.Sprintf("%s: %q %s", d.Diff, d.Path, d.What)
}

// A Round is one submission that the policy was told about.
type Round struct {
	Report      string       `json:"report"` // the judge's words
	Consistent  bool         `json:"consistent"`
	Differences []Difference `json:"differences"`
}

// injection is what is handed in when the trajectory has ended.
func (d *desk) injection(t *agent.Trajectory) (*Injection, error) {
	if d.Feedback > 0 {
		t.Untrainable = "the injector could see the judge's report and mend its bug, which no injector in training can"
	}
	record := Record{Version: RecordVersion, Trajectory: t, Feedback: d.rounds}
	var files bug.Files
	if d.made != nil {
		files, record.Comparison = d.made.files, &d.made.comparison
	}
	text, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("inject: record: %w", err)
	}
	made := &Injection{Files: files, Record: text}
	if d.made == nil {
		made.Ending = fmt.Sprintf("it ended by %s: %s", t.Stop, t.Detail)
	}
	return made, nil
}

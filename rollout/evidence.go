package rollout

import (
	"encoding/json"
	"fmt"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/reward"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/verify"
)

// tests are those of a bug, as the judge measured them.
type tests struct {
	FailToPass []string `json:"fail_to_pass"`
	PassToPass []string `json:"pass_to_pass"`
}

// bug reads what the attempts on the round's bug have in common.
func (r *reader) bug() error {
	var files bug.Files
	if err := r.read(r.round.Report, &r.tests); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := r.read(r.round.Artifact, &files); err != nil {
		return fmt.Errorf("artifact: %w", err)
	}
	r.oracle = []string{reverse(string(files.Inject))}
	return nil
}

func (r *reader) read(ref selfplay.Ref, value any) error {
	text, err := r.blobs.Blob(r.ctx, ref)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, value)
}

// evidence is what is known of an attempt that was graded.
func (r *reader) evidence(a *selfplay.Attempt) (e reward.Evidence, err error) {
	e = reward.Evidence{Verdict: reward.Unresolved, FailToPass: r.tests.FailToPass, PassToPass: r.tests.PassToPass, OraclePatches: r.oracle}
	if a.Outcome == verify.Resolved {
		e.Verdict = reward.Resolved
	}
	var grade verify.Grade
	if err := r.read(a.Grade, &grade); err != nil {
		return e, fmt.Errorf("grade: %w", err)
	}
	e.Results, e.Expected = r.results(&grade)
	if a.Patch != "" {
		patch, err := r.blobs.Blob(r.ctx, a.Patch)
		if err != nil {
			return e, fmt.Errorf("patch: %w", err)
		}
		e.Patches = []string{string(patch)}
	}
	return e, nil
}

// results is what the tests of both lists said, and what they say on the original.
// A grade lists what did not pass. One that is unresolved and lists nothing was
// given without believing a run, or without making one, and that is no result.
func (r *reader) results(g *verify.Grade) (results, expected map[string]string) {
	results, expected = map[string]string{}, map[string]string{}
	silent := g.Outcome != verify.Resolved && len(g.Failing)+len(g.Missing) == 0
	for _, list := range [][]string{r.tests.FailToPass, r.tests.PassToPass} {
		for _, id := range list {
			expected[id] = "passed"
			if !silent {
				results[id] = "passed"
			}
		}
	}
	for _, id := range g.Failing {
		results[id] = "failed"
	}
	for _, id := range g.Missing {
		delete(results, id)
	}
	return results, expected
}

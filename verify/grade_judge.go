package verify

import (
	"fmt"
	"slices"

	"github.com/selfplay-swe/ssr/suite"
)

// judge decides the grade by the run of the tests.
func (g *Grade) judge(b Bug, r *run) error {
	evidence := r.evidence()
	g.Run = &evidence
	if r.Problem != nil {
		g.Log = suite.Excerpt(r.Log, mostLines)
		return g.end(Unresolved, "%s", r.Problem)
	}
	g.FailToPass.Passed = g.tally(r, b.v.failToPass)
	g.PassToPass.Passed = g.tally(r, b.v.passToPass)
	if bad := len(g.Failing) + len(g.Missing); bad > 0 {
		g.Log = suite.Excerpt(r.Log, mostLines)
		return g.end(Unresolved, "%d of %s do not pass: %s", bad, tests(g.FailToPass.Total+g.PassToPass.Total),
			few(append(g.Failing[:len(g.Failing):len(g.Failing)], g.Missing...)))
	}
	if against := b.contradicts(r); against != "" && !g.Options.Paper {
		g.Log = suite.Excerpt(r.Log, mostLines)
		return g.end(Unresolved, "the parser reports that every test passed, but %s", against)
	}
	return g.end(Resolved, "all %s pass", tests(g.FailToPass.Total+g.PassToPass.Total))
}

// tally counts which of the ids pass, and notes the others.
func (g *Grade) tally(r *run, ids []string) (passed int) {
	for _, id := range ids {
		switch r.Results[id] {
		case suite.Passed:
			passed++
		case 0:
			g.Missing = append(g.Missing, id)
		default:
			g.Failing = append(g.Failing, id)
		}
	}
	return passed
}

// contradicts says what speaks against a run in which everything that counts
// passed: the test runner's own events, that it did not come to its end, or the
// script's exit status, if it was 0 on the original. Tests that are known not to
// count, because they are flaky or failed on the original, excuse a failure, but
// not that of a test which counts and which the runner names.
func (b Bug) contradicts(r *run) string {
	normal := b.v.normal
	said := r.Testimony
	switch {
	case said.Runner != normal.Testimony.Runner:
		return fmt.Sprintf("the log is not that of the original's test runner (%s)", orNone(normal.Testimony.Runner))
	case said.Unfinished != "":
		return said.Runner + " did not come to its end: " + said.Unfinished
	case b.excused(r.Results):
		return b.accused(said)
	case said.Failed > 0:
		return said.Against()
	case normal.ExitCode == 0 && r.ExitCode != 0:
		return fmt.Sprintf("the script ended with exit status %d, and with 0 on the original", r.ExitCode)
	}
	return ""
}

// accused says which test that counts the runner names among those that failed.
func (b Bug) accused(said suite.Testimony) string {
	id := said.Accuses(slices.Concat(b.v.failToPass, b.v.passToPass))
	if id == "" {
		return ""
	}
	return fmt.Sprintf("%s says that %s failed", said.Runner, suite.Printable(id))
}

// excused says whether a test that does not count failed.
func (b Bug) excused(results suite.Results) bool {
	counts := map[string]bool{}
	for _, id := range append(b.FailToPass(), b.v.passToPass...) {
		counts[id] = true
	}
	for id := range b.v.normal.Results {
		if s := results[id]; !counts[id] && (s == suite.Failed || s == suite.Error) {
			return true
		}
	}
	return false
}

func orNone(runner string) string {
	if runner == "" {
		return "none that is known"
	}
	return runner
}

package survey

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/suite"
)

const (
	judged  = 90 * time.Second // the judge's limit for a script, unless it is told another (paper, section 2.2)
	patient = 5 * time.Minute  // how long the first look may take, to learn which tests are the slow ones
	fewest  = 10               // passing tests, below which a tree is not played on (rules, section 2, check 3)
)

// A runner is how one framework is spoken to.
type runner struct {
	parser []byte
	script func(tests []Test) []byte
	all    func(tree *repo.Tree) []Test // what to ask for to get all tests
	top    func(name string) string
	// tests says what is known of each id, in any order, without its status.
	tests func(l look, ids []string) ([]Test, error)
	// problem says what a log shows that the statuses do not: what does not
	// compile or cannot be imported. "" when it shows nothing.
	problem func(log []byte) string
	// cover measures what each of some top-level tests runs.
	cover func(ctx context.Context, s Subject, tests []Test) (map[string][]Span, error)
}

var runners = map[Framework]runner{
	GoTest:   {goParser, goScript, goAll, goTop, goTests, goProblem, goCover},
	Pytest:   {pytestParser, pytestScript, pytestAll, pytestTop, pytestTests, pythonProblem, pytestCover},
	Unittest: {unittestParser, unittestScript, unittestAll, unittestTop, unittestTests, pythonProblem, unittestCover},
	NodeTest: {nodeParser, nodeScript, nodeAll, nodeTop, nodeTests, nodeProblem, nodeCover},
}

// Take surveys a tree. What keeps it from being played is an
// *inject.UnplayableError: no tests, tests that do not compile, that fail, that
// need more than the time limit. Any other error is the machine's, or ctx's.
func Take(ctx context.Context, s Subject, o Options) (*Survey, error) {
	f, err := detect(ctx, s)
	if err != nil {
		return nil, err
	}
	looks, err := twice(ctx, s, f, o)
	if err != nil {
		return nil, err
	}
	seen, err := compare(s, f, looks)
	if err != nil {
		return nil, err
	}
	if f == GoTest {
		seen.leaveHung(looks[0])
	}
	o.Timeout = cmp.Or(o.Timeout, judged)
	seen.leaveSlow(o.Timeout)
	if f == NodeTest && !o.AllowFailing {
		seen.leaveMixed()
	}
	if err := seen.playable(s, o, looks[0]); err != nil {
		return nil, err
	}
	if o.Coverage {
		err = seen.measure(ctx, s, cmp.Or(o.Covered, 2000))
	}
	return seen, err
}

// compare puts two looks side by side.
func compare(s Subject, f Framework, looks [2]look) (*Survey, error) {
	for _, l := range looks {
		if l.run.Problem != nil {
			return nil, s.unplayable("its tests show nothing: "+l.run.Problem.Text, "a run of all tests must come to its end within "+judged.String())
		}
	}
	steady, flaky := suite.Agreed(looks[0].run.Results, looks[1].run.Results)
	tests, err := runners[f].tests(looks[0], steady.IDs())
	if err != nil {
		return nil, fmt.Errorf("survey: %w", err)
	}
	for i, t := range tests {
		tests[i].Status = steady[t.ID]
	}
	slices.SortFunc(tests, func(a, b Test) int { return strings.Compare(a.ID, b.ID) })
	seen := &Survey{Framework: f, Tests: tests, Flaky: flaky, Seconds: looks[0].run.Wall.Seconds()}
	seen.note("left out", len(flaky), "that ended differently in two runs", flaky)
	return seen, nil
}

// note says what became of some tests, and of which.
func (v *Survey) note(became string, n int, which string, names []string) {
	if n == 0 {
		return
	}
	sentence := fmt.Sprintf("%s: %s %s", became, tests(n), which)
	if len(names) > 0 {
		sentence += ": " + strings.Join(names[:min(len(names), 3)], ", ")
	}
	if len(names) > 3 {
		sentence += ", …"
	}
	v.Notes = append(v.Notes, suite.Printable(sentence))
}

// leaveHung says which tests did not come to an end, and takes their time off that
// of a run: no script will name them.
func (v *Survey) leaveHung(l look) {
	names, took := goHung(l.log)
	v.Seconds = max(0, v.Seconds-took.Seconds())
	v.note("left out", len(names), "that did not come to an end within a minute, with what comes after in the same package", names)
}

// leaveSlow leaves out the slowest tests until the others fit into two thirds of
// the time that a script has: the judge's machine may be busier.
func (v *Survey) leaveSlow(limit time.Duration) {
	roomy := limit.Seconds() * 2 / 3
	if v.Seconds <= roomy {
		return
	}
	cost := map[string]float64{}
	for _, t := range v.Tests {
		if v.Framework != GoTest || t.Name == goTop(t.Name) { // a subtest's time is in its test's
			cost[v.unit(t)] += t.Seconds
		}
	}
	slowest := slices.SortedFunc(maps.Keys(cost), func(a, b string) int {
		return cmp.Or(cmp.Compare(cost[b], cost[a]), strings.Compare(a, b))
	})
	var slow []string
	for _, unit := range slowest {
		if v.Seconds > roomy {
			v.Seconds -= cost[unit]
			slow = append(slow, unit)
		}
	}
	before := len(v.Tests)
	v.Tests = slices.DeleteFunc(v.Tests, func(t Test) bool { return slices.Contains(slow, v.unit(t)) })
	v.note("left out", before-len(v.Tests), "too slow for all to fit into the "+limit.String()+" that a script has", slow)
}

// unit is what a script can leave out: a top-level test, and of Node's a file.
func (v *Survey) unit(t Test) string {
	if v.Framework == NodeTest {
		return t.File
	}
	return v.top(t).ID
}

// leaveMixed leaves out the files of Node's in which not every test can be
// counted on, since a script runs whole files.
func (v *Survey) leaveMixed() {
	mixed := map[string]bool{}
	for _, id := range v.Flaky {
		file, _, _ := strings.Cut(id, nodeArrow)
		mixed[file] = true
	}
	for _, t := range v.Tests {
		mixed[t.File] = mixed[t.File] || t.Status == suite.Failed
	}
	before := len(v.Tests)
	v.Tests = slices.DeleteFunc(v.Tests, func(t Test) bool { return t.Status == suite.Passed && mixed[t.File] })
	v.note("left out", before-len(v.Tests), "that passed in files with others that did not", nil)
}

// playable says what keeps the tree from being played, and notes what does not.
func (v *Survey) playable(s Subject, o Options, l look) error {
	passed, others := v.split()
	broken := runners[v.Framework].problem(l.log)
	if broken != "" {
		v.Notes = append(v.Notes, suite.Printable(broken))
	}
	v.note("not counted on", len(others), "that did not pass before anything was changed", others)
	if o.AllowFailing || passed >= fewest {
		return nil
	}
	return s.unplayable(v.tooFew(passed, others, broken, l.log),
		fmt.Sprintf("at least %d tests must pass, without a network and within %v", fewest, o.Timeout))
}

// split counts the tests that pass, and lists those that fail.
func (v *Survey) split() (passed int, others []string) {
	for _, t := range v.Tests {
		switch t.Status {
		case suite.Passed:
			passed++
		case suite.Failed, suite.Error:
			others = append(others, t.ID)
		}
	}
	return passed, others
}

// tooFew says why too few tests pass, by what most likely is the cause.
func (v *Survey) tooFew(passed int, others []string, broken string, log []byte) string {
	switch {
	case broken != "":
		return broken
	case len(others) > 0 && wantsNetwork(log):
		return fmt.Sprintf("%d of its tests fail, such as %s, and their log speaks of connections, while tests are run without a network", len(others), others[0])
	case len(others) > 0:
		return fmt.Sprintf("%d of its tests fail before anything is changed, such as %s, and %d pass", len(others), others[0], passed)
	case len(v.Flaky) > 0:
		return fmt.Sprintf("%d of its tests are flaky, such as %s, and %d pass always", len(v.Flaky), v.Flaky[0], passed)
	case len(v.Notes) > 0:
		return v.Notes[0]
	case passed == 0 && bytes.Contains(log, []byte("test timed out after")):
		return fmt.Sprintf("%s ended its tests after a minute, and none had passed", v.Framework)
	case passed == 0:
		return fmt.Sprintf("%s finds no tests that pass", v.Framework)
	}
	return "it has only " + tests(passed)
}

// tests is a number of tests, in words.
func tests(n int) string {
	if n == 1 {
		return "1 test"
	}
	return fmt.Sprintf("%d tests", n)
}

// wantsNetwork says whether a log holds what programs say that reach no host.
func wantsNetwork(log []byte) bool {
	said := func(words string) bool { return bytes.Contains(log, []byte(words)) }
	return slices.ContainsFunc([]string{
		"dial tcp", "dial udp", "no such host", "network is unreachable", "Network is unreachable", // Go, libc
		"Temporary failure in name resolution", "Name or service not known", "NewConnectionError", // Python
		"ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", // Node
	}, said)
}

func (s Subject) unplayable(problem, want string) error {
	return &inject.UnplayableError{Source: cmp.Or(s.Source, "the repository"), Problem: suite.Printable(problem), Want: want}
}

// measure adds the coverage of at most n top-level tests.
func (v *Survey) measure(ctx context.Context, s Subject, n int) error {
	top := v.tops()
	if len(top) > n {
		v.Notes = append(v.Notes, fmt.Sprintf("what they cover was measured of %d tests out of %d", n, len(top)))
		top = evenly(top, n)
	}
	if len(top) == 0 {
		return nil
	}
	cover, err := runners[v.Framework].cover(ctx, s, top)
	if err != nil {
		return fmt.Errorf("survey: coverage: %w", err)
	}
	v.Coverage = cover
	return nil
}

// tops lists the top-level tests, once each, that are not skipped or have a
// subtest that is not.
func (v *Survey) tops() (tops []Test) {
	known := map[string]bool{}
	for _, t := range v.Tests {
		top := v.top(t)
		if t.Status != suite.Skipped && !known[top.ID] {
			known[top.ID] = true
			tops = append(tops, top)
		}
	}
	return tops
}

// top is the top-level test that a test is part of, without its status.
func (v *Survey) top(t Test) Test {
	name := t.Top(v.Framework)
	return Test{ID: strings.TrimSuffix(t.ID, t.Name) + name, Dir: t.Dir, File: t.File, Name: name}
}

// evenly picks n of a list, from all over it.
func evenly(tests []Test, n int) []Test {
	picked := make([]Test, n)
	for i := range picked {
		picked[i] = tests[i*len(tests)/n]
	}
	return picked
}

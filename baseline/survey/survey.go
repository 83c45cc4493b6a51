// Package survey finds out what a repository's tests are, how they run and what
// they cover, by running them. What a test is called, where it stands and whether
// it passes is what its own runner says about it, never a guess from the source.
//
//	seen, err := survey.Cached(ctx, snapshot.Dir, subject, survey.Options{Coverage: true})
//	script, parser := survey.Script(seen.Framework, chosen), survey.Parser(seen.Framework)
//
// [Take] runs all tests twice, each time in a sandbox of its own and without a
// network, by the very script and parser that an artifact would hold: what the
// survey calls a passing test is what the judge will call one. [Script] and
// [Parser] write these two files for the four runners that are known: go test,
// pytest, unittest and node --test.
//
// A tree that cannot be played on is refused with a sentence, an
// [inject.UnplayableError]. What is wrong with some of its tests only (they fail,
// are flaky, take too long, do not compile) leaves these out, and Survey.Notes
// says so.
//
// Coverage is by test, since both roles ask by test: an injector which tests
// would see an edit, a solver which lines failing tests run and passing ones do
// not. Each runner has its own cheapest way: one instrumented binary per Go
// package and a process per test, a tracer of our own in Python's process (so that
// coverage.py need not be there), V8's counters, read between two tests of Node's.
//
// The repository is hostile: nothing of it runs outside a sandbox, and what comes
// out is read within limits. A test can lie about itself here, as it can before
// the judge; it then makes bad bugs, and the judge refuses them.
//
// Left out, and why:
//   - Benchmarks, nested Go modules, doctests: no artifact lists them.
//   - More than one framework in a tree: the first that finds tests is taken.
//   - Coverage of what a test starts as another program: no runner measures it
//     without help from the program.
package survey

import (
	"time"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/suite"
)

// A Framework is a test runner that the built-in player knows.
type Framework string

// The frameworks, in the order in which they are looked for.
const (
	GoTest   Framework = "go test"
	Pytest   Framework = "pytest"
	Unittest Framework = "unittest"
	NodeTest Framework = "node --test"
)

// A Subject is a tree, and where its tests can be run. Nothing else of a
// repository is looked at, so a solver may survey what it was given.
type Subject struct {
	Tree     *repo.Tree
	Provider sandbox.Provider
	Setup    *sandbox.Layer
	Limits   sandbox.Limits
	Source   string // what errors call the tree; default "the repository"
}

// A Test is one test, as the framework tells of it.
type Test struct {
	ID      string       `json:"id"`                // as Parser writes it: for Go "import/path TestName" (subtests "import/path TestName/case"), for Python Name, for Node too: "file > suite > test"
	Dir     string       `json:"dir"`               // of its package or file, in the tree; "." at the root
	File    string       `json:"file,omitempty"`    // that defines it; "" if not known
	Name    string       `json:"name"`              // what selects it: "TestName/case", a pytest node id, "module.Class.test"
	Status  suite.Status `json:"status"`            // the same in both runs
	Seconds float64      `json:"seconds,omitempty"` // 0 where the runner does not say
}

// A Span is lines of a file that were run: from First to Last, both from 1.
type Span struct {
	File  string `json:"file"`
	First int    `json:"first"`
	Last  int    `json:"last"`
}

// A Survey is what one tree's tests showed.
type Survey struct {
	Framework Framework         `json:"framework"`
	Tests     []Test            `json:"tests"`              // sorted by ID; those with another Status than Passed too
	Flaky     []string          `json:"flaky,omitempty"`    // ids whose status differed between two runs; not in Tests
	Coverage  map[string][]Span `json:"coverage,omitempty"` // by id of a top-level test (ID with Top for Name): what it runs, of files that are no tests; sorted
	Seconds   float64           `json:"seconds"`            // of one run of all
	Notes     []string          `json:"notes,omitempty"`    // what was left out and why, as sentences for a person
}

// Options say how thorough a survey is.
type Options struct {
	Coverage bool     // measure it
	Only     []string // only these tests, by Name, with their subtests; nil: all
	// a solver's tree has failing tests, and that is no reason to refuse it
	AllowFailing bool
	Once         bool // run the tests once, and find no flaky ones: for who runs them again anyway
	// Covered bounds how many top-level tests are measured one by one; of more,
	// as many are measured, evenly spread. Default 2000.
	Covered int
	Timeout time.Duration `json:",omitzero"` // that a script will have; default 90 s (rules, section 2, check 3)
}

// Top returns the name of the top-level test that a test is part of: what
// stands before the first slash for Go, before the bracket for pytest (no test
// may have that name), "file > suite" for Node.
func (t Test) Top(f Framework) string {
	return runners[f].top(t.Name)
}

// Script writes test_script.sh: it runs the given tests of a framework and
// prints what Parser reads. A Go test runs with all its subtests, a test of Node's
// with all others of its file; nothing else runs. Tests that a weakening deleted
// are passed over.
func Script(f Framework, tests []Test) []byte {
	return runners[f].script(tests)
}

// Parser writes test_parser.py for a framework. Go's is a program for awk, so
// that a Go repository needs no Python.
func Parser(f Framework) []byte {
	return runners[f].parser
}

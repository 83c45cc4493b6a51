// Package survey finds out what a repository's tests are, how they run and what
// they cover, by running them.
package survey

import (
	"context"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/suite"
)

// A Framework is a test runner that the built-in player knows.
type Framework string

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
}

// A Test is one test, as the framework tells of it.
type Test struct {
	ID      string       // as the parser of Suite writes it: for Go "import/path TestName" (subtests "import/path TestName/case")
	Dir     string       // of its package or file, in the tree
	File    string       // that defines it; "" if not known
	Name    string       // what selects it: "TestName", a pytest node id, "module.Class.test", …
	Status  suite.Status // Flaky tests have none
	Seconds float64
}

// A Span is lines of a file that were run: from First to Last, both from 1.
type Span struct {
	File        string
	First, Last int
}

// A Survey is what one tree's tests showed.
type Survey struct {
	Framework Framework
	Tests     []Test            // sorted by ID
	Flaky     []string          // ids whose status differed between two runs
	Coverage  map[string][]Span // by id of a top-level test: what it runs, of files that are no tests; sorted
	Seconds   float64           // of one run of all
}

// Take surveys a tree. What keeps it from being played is an
// *inject.UnplayableError: no tests, tests that do not compile, that fail, that
// need more than the time limit.
func Take(ctx context.Context, s Subject, o Options) (*Survey, error) {
	panic("not yet")
}

// Options say how thorough a survey is.
type Options struct {
	Coverage bool     // measure it
	Only     []string // only these tests, by Name; nil: all
	// a solver's tree has failing tests, and that is no reason to refuse it
	AllowFailing bool
}

// Script writes test_script.sh: it runs the given tests of a framework, all of
// those of their files, and prints what Parser reads.
func Script(f Framework, tests []Test) []byte {
	panic("not yet")
}

// Parser writes test_parser.py for a framework.
func Parser(f Framework) []byte {
	panic("not yet")
}

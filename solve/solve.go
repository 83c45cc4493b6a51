// Package solve is the solver's role: a broken repository and the tests that
// were hidden in, a patch out.
package solve

import (
	"context"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// A Task is what a solver is asked (rules, section 3): repair Tree so that the
// tests of Specification pass, and what passed before still does.
type Task struct {
	Tree          *repo.Tree // original + bug + weakening, and the failed patch of a second-order bug
	Specification []byte     // the diff from Tree to the tests as they should be; computed from trees
	Request       string     // the fixed words that go with it
	Key           string     // identifies the task

	Provider sandbox.Provider
	Setup    *sandbox.Layer // what the tests need; nothing of it was made from the repository's own code
	Limits   sandbox.Limits
	Git      string // the folder on the host that holds the git directory of one commit; see Open
}

// A Desk is one attempt at a task: the sandbox that the solver works in. What
// it leaves there is its patch.
type Desk struct {
	Task *Task
	Box  sandbox.Sandbox // Tree at /work, as a git repository of one commit
	Seed uint64          // all chance comes from it
}

// A Stop says how an attempt ended.
type Stop uint8

// The ways an attempt ends. A later package that has turns and tokens adds its own.
const (
	Submitted Stop = iota + 1 // the solver said so
	GaveUp                    // its budget was used up
)

// An Ending is what a solver says when it is done.
type Ending struct {
	Stop   Stop
	Record []byte // JSON: what it did, for who learns from it; may be nil
}

// A Solver repairs bugs. It is safe for concurrent use; the engine takes the
// patch from Desk.Box when it returns. An error is the machine's or ctx's.
type Solver interface {
	Solve(ctx context.Context, d *Desk) (Ending, error)
}

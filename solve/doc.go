// Package solve is the solver's role: a broken repository and the tests that
// were hidden in, a patch out (rules, sections 3 and 5).
//
//	task, err := solve.NewTask(ctx, solve.Order{Bug: b, Provider: p, Setup: installed.Dependencies})
//	attempt, err := solve.Run(ctx, solver, task, seed)
//	grade, err := task.Grade(ctx, judge, attempt, verify.GradeOptions{})
//
// A [Solver] has one method, and twenty lines make one: see the example. It is
// given a [Desk]: a sandbox with the tree of the [Task], as a repository of one
// commit, and the specification as a diff. What it leaves there is its patch: the
// engine reads the sandbox's top layer, which no git command of the solver's can
// deceive, and makes the diff between two trees.
//
// The specification is computed from trees, too: what turns the oracle's tests as
// they stand in the task into those of the original. Nothing else of the original
// is at the desk. The tree is one commit whose objects are that commit's alone;
// the setup is the layer of dependencies, which nothing of the repository's own
// code was compiled or copied into; leftovers that hold earlier code are taken
// out of the tree; and making a task fails where a file that the bug changed is
// found in the setup as it was ([LeakError]).
//
// Whose fault something is decides its form. A solver's patch that is too large,
// or is no tree, is an [Attempt] with a Problem, and its grade is unresolved
// without a run. An error is the machine's.
//
// [Private] withholds a share of the specification's hunks, and says which tests
// a solver thereby knows nothing of; the judge runs them all the same, so that
// the difference between the two tallies of a [Grade] shows a solver that only
// satisfies what it is shown. [Promote] makes a second-order bug of a failed
// attempt, by what its grading measured.
//
// Left out: compressed copies in a setup are not opened when leaks are looked
// for, and machine code is not compared; a setup command of one's own that hides
// the code in an archive is its author's fault. Copies that the repository holds
// of its own files stay, since they are part of it. The specification of a task
// whose weakening is one hunk cannot be split, and is all public.
package solve

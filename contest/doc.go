// Package contest runs candidate patches against candidate tests, in sandboxes, for
// the plays of package choose.
//
//	c := contest.New(task, b)
//	patches, err := contest.Attempts(ctx, solver, task, seed, 8)
//	choice, table, err := choose.SelfPlay{Parallel: 2}.Play(ctx, c.Run, patches, tests)
//
// The one idea: [Contest.Run] is a [choose.Run]. A patch and tests are each a git
// diff against the task's tree, which is how a solver leaves both; [TestFile] makes
// one of a file that was written by hand. What the runs rest on is package suite: a
// fresh sandbox each, time limits, one run for equal requests, runs kept on disk.
//
// Nobody here knows the answer, so there is no judge: what is run is the tree that
// the solver was given, on the solver's layer of dependencies, in which nothing is
// compiled of the original. How tests are run and read is the artifact's script and
// parser. A script that names its tests runs no new ones; give another.
//
// A patch does not decide what tests say: its entries on test files, and on files
// that steer the runner, are left out, as at grading ([verify.Steering]). Tests do
// not repair code: a diff of tests that touches anything else is no tests. And no
// evidence is never a success. A diff that cannot be read or applied, tests that do
// not compile, a run that does not end, a parser that fails, a skipped test, a run
// whose parser says that everything passed while the runner says otherwise: each has
// no results, and what has none neither repairs anything nor is worth asking.
//
// Code under test that forges the whole output of its runner is believed, as in package
// suite: in one process there is no defence.
//
// Left out: writing tests, which is a model's ([choose.Rounds.Write] is given what
// the last patch did; [Given] plays tests that there are); choosing, which is
// package choose's.
package contest

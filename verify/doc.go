// Package verify is the judge: it decides whether a bug artifact is consistent
// by running it, and whether a patch repairs the bug by running that. There is
// no model in it.
//
// A rule is a value. [Checks] lists the seven of them in the paper's order
// (section 2.3, and section 2 of the rules), each with its name, its reasons and
// two functions: what can be known from the files, and what has to be run. The
// facts of all checks come first, so that an artifact with a wrong path costs no
// run. Then the runs that a consistent artifact needs are begun side by side
// (see schedule), and the checks are decided one after the other; the first that
// fails ends everything that still runs. Which run is faster has no part in any
// verdict, and none in the report but its times.
//
//	original × repeats   parser, script
//	bug × repeats        parser, bug
//	weakened             parser, weakening
//	bug without entry i  inverse-mutation: one run for each entry; more only
//	                     for an entry that brought nothing back
//	original and bug,    perturbation, where Options.Perturb asks for it
//	with comments added
//
// A [Report] has the verdict of each check with its evidence: counts, ids, files,
// runs, the lines of the log that matter. Whatever the artifact did wrong is a
// finding there, which names the place and says what would be right. An error is
// the machine's, and never says anything about the artifact. [Report.Bug] is the
// only door to a [Bug]: its fields are not exported, so whoever holds one that is
// not zero knows that every check passed.
//
// [Judge.Grade] decides about a solver's patch. Oracle files are put back,
// entries on files that decide what the tests say are left out (see fence), and
// the runner's own word must agree with the parser's.
//
// Three things it cannot see. Code under test shares a process with its tests:
// it can replace the functions that assert, return values that are equal to
// anything, stand in for a library that the runner imports, or print all that
// the runner would and exit. Files that are neither oracle files nor known to
// steer a runner, but take part in testing (a Makefile, a helper with a name of
// its own), can be changed by a patch unless test_files.txt lists them. And the
// script is the injector's: one that prints other results when it finds some
// mark makes any bug, and any repair. Only tests in another process than the
// code would show the first; a script that the injector does not write, the last.
//
// Three decisions where the rules leave room. A weakening may hide all that
// failed: "some, not all" is taken for the least, not the most, since what is
// wanted is that the bug hides. A bug may not be in a file that grading leaves
// out, because no solver could repair it there. A bug that makes tests flaky is
// judged by those that are not: the others leave the oracle, and what one of
// them could have flipped by chance must last.
//
// Left out: ending a run of the inverse mutation as soon as its log shows a flip,
// since a log that is not complete is no evidence; repeating the weakened run and
// graded runs, whose flaky tests the repetitions of original and bug have put
// aside; a second try for a script that ran out of time beside others.
package verify

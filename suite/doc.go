// Package suite runs an artifact's tests and reads back one status per test.
//
// A run is two programs of the player's, each in a sandbox of its own. The
// script runs on a fresh copy of a tree, with the setup layer below it, and what
// it prints is the log. The parser gets the log on standard input, in a sandbox
// that has nothing else, and writes one JSON object from test ids to statuses.
// They share nothing: what the tests leave behind cannot steer the parser, the
// parser cannot look at the tree for the answer that is wanted, and the code
// under test cannot read the parser to learn what to print.
//
// Both are hostile, so everything that they do is data. A script that does not
// end, a parser that writes rubbish, an oracle file that was edited are each a
// [Problem] of the [Run], with what is wrong and what would be right. An error
// is the machine's alone: a lost sandbox is tried again, and then given up.
//
// A run that yields no evidence is never a success (rules, section 2): an empty
// map, skips alone ([Results.NoEvidence]) and missing ids pass nothing, since
// the set arithmetic ([FailToPass], [PassToPass]) knows one pass, [Passed].
// Beside the parser's word there is that of the test runner itself, where it is
// a known one ([Testimony]): a claim that everything passed must agree with it.
//
// Runs are kept on disk by everything that they depend on (see Runner.key):
// tree, setup, script, parser, limits, provider, and the number of the
// repetition, so that repeating a run to find flaky tests ([Agreed]) does repeat
// it. What time or load decided is not kept: a timeout today is no timeout
// tomorrow.
//
// Left out: reading JUnit or other reports from files in the tree, which the
// tests could forge as easily as a log, and less visibly; ending a run at its
// first failure, since every id needs a status; running the parser on the log
// while it grows.
package suite

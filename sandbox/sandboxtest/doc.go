// Package sandboxtest says what a sandbox is, as tests that every provider
// passes: what [Test] checks is the meaning of the words in package sandbox.
//
// It has three parts.
//
// [Test] is the conformance suite. Its first half is the contract: how layers
// stack, what a Result says, what Reset drops, what Changes lists. Its second
// half is the 47 attacks of the sandbox's design, a table: a command that a
// hostile player might run, the classes it may end in, and what must still be
// true of the host afterwards. An attack on a guarantee that a provider does not
// claim is skipped with that reason; it is never left out.
//
// [Fake] is a provider for the tests of other packages. Its commands are Go
// functions that see a [Machine], and nothing is executed. It passes the part of
// the contract that is about files, with the same tests.
//
// [Benchmarks] measures what a provider costs: a sandbox, a command, a reset.
// With -benchtime=10000x its cycles are the long test for leaks.
//
// What attacks is one static program, testdata/attack, with one subcommand for
// each attack; it makes the system calls itself, because a shell cannot ask for
// ptrace, a keyring or a raw socket, and because a tool that is missing inside
// must not pass for an attack that failed. A subcommand has the same three
// answers everywhere: exit status 0 and "held" when everything it tried was
// refused, 1 and a line beginning with "BREACH" for each thing that it could do
// and should not have been able to, 2 when it could not try. So an attack whose
// result cannot be seen from inside ends in a class alone, and one that can is
// told by the attacker itself.
//
// Left out: attacks on the processor (Spectre and its kin) and on holes of the
// kernel that are not known; no test of ours can see those. Attacks 36 to 47 are
// aimed at what the engine does with a hostile tree on the host. Their tests are
// where that code is (the entry names them); here stays what a provider itself
// has in its hand: that it reads a hostile tree without running anything of it.
//
// The suite asserts no times, but waits: a sandbox that never ends fails by the
// deadline of the test.
package sandboxtest

// Package choose picks one of several patches for one problem, by what is known of
// them when nobody knows the answer: tests, votes, likeness, a verifier's opinion.
//
//	choice, err := choose.Agentless{}.Chooser().Choose(candidates)
//	if choice.Index == choose.None { … }
//
// The one idea: choosing sees a table. A [Candidate] is a row of evidence, a
// [Chooser] a rule over rows, and a [Choice] says which row, which others were as
// good, what each step left, and whether a test had a part in it. Where the rows come
// from is the caller's: a stored play, or one of the three plays here that make
// their own evidence while they run.
//
//	Agentless     fewest broken tests, consensus of reproduction tests, majority (SWE-RL)
//	SWESwiss      votes and likeness to all others, among those that pass
//	Hybrid        a verifier's best, then tests (R2E-Gym, DeepSWE)
//	Execution     tests alone; Verifier: a verifier alone (R2E-Gym's two other columns)
//	SelfPlay      candidate patches against candidate tests (Kimi-Dev)
//	Rounds        a test writer and a fixer in turns (InfCode)
//	Iterative     try again while there is no patch (Devstral, OpenHands)
//
// Two rules hold for all of them. Ties go to the earliest candidate, so that the same
// table always gives the same choice. And no evidence is never a success: a candidate
// for which nothing was run ranks behind every one for which something was; a play in
// which no patch passed a test chooses none. Where an original takes what is left
// instead, its type has a field Compat that does so too.
//
// A play asks its functions to write, fix and run; an error of theirs is the
// machine's and ends it. What a candidate did wrong, down to having no patch, is data.
//
// Patches and tests are text that a model wrote. They are compared and handed on,
// never parsed and never run here: [Run] is the caller's, and belongs in a sandbox.
// Likeness costs time by the product of two lengths, so a longer patch than
// [SWESwiss.MaxBytes] is like itself alone.
//
// Left out: normalising patches (two patches are the same if their text is), calling
// a verifier, and writing tests; all three need a model or a parser.
package choose

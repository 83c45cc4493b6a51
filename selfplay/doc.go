// Package selfplay is the game: a bug is asked for and judged, solvers try to
// repair it, both sides are paid, and what failed attempts left becomes harder
// bugs (Self-Play SWE-RL, arXiv 2512.18552).
//
//	engine := &selfplay.Engine{Provider: provider, Injector: player, Solver: player, Seed: 1}
//	for round, err := range engine.Rounds(ctx, sources, 20) { … }
//
// The one idea: a round is a function. Who plays, on what, by which rules and
// with which seed is the [Config]; from it follows every [Round], whatever the
// number of processors, the order in which things end, and how often the process
// was killed. So a result can be repeated, a single attempt played again
// ([Derive]), and two players compared on the same draws.
//
// Three rules make it one. What a round is asked for depends on the rounds that
// are so far back that they are always done ([Engine.Parallel]). Whether a bug is
// a near-duplicate is decided in the order of rounds, when those before it are
// judged. And the coordinator, which decides all that, only reads outcomes: what
// is played is steps of package work, each of which is told everything by a small
// payload and the [Archive], so it can be done in another process, is kept by the
// executor's journal when it is done, and is done again when it was not.
//
//	group bug       inject -> verify
//	group attempts  attempt -> grade, G times; then score
//	group child/k   attempt -> grade, for the bug that attempt k left; then score
//
// An executor finishes groups in the order they were started in, so what is begun
// is scored before something new is.
//
// Whose fault it is (rules, section 7): what a player did is in the round, with
// its reward. What the machine did is tried again; then the attempt is errored
// and does not count, or the round is Errored and pays nobody. A caller's
// impossible option is refused before anything runs.
//
// Left out: learning (a [Reward] and the records of the players are what a trainer
// needs; packages rollout and train make batches of them), more than one play in one
// archive, and choosing second-order bugs by how hard they look; they are drawn.
// A play is made longer by asking for more rounds; a play with one more source is
// another play, since what is asked for next depends on all of them.
package selfplay

// Package rollout reads finished trajectories out of stored rounds, as numbers that
// package train compares and as evidence that package reward pays.
//
//	for round, err := range store.Rounds(ctx) {
//		rollouts, err := rollout.Of(ctx, store, round)
//	}
//
// The one idea: a play stores what happened, and what a trajectory is worth is asked
// later, by rules that the play did not know. So a [Rollout] holds the words and
// numbers of a round beside each other: why it ended, what it is compared with, how
// long it was, and what the judge said of it.
//
// Groups are those of the rules (interfaces, "Nested groups"): the injections of one
// source are a group, the attempts on one bug are one, and a second-order bug is a
// bug. The group above the attempts is their source.
//
//	role      group               id
//	injector  SOURCE              round/3
//	solver    round/3             round/3/attempt/0
//	solver    round/3/child/2     round/3/child/2/attempt/0, attempts on what attempt 2 left
//
// Whose fault it was that a trajectory ended is read from its words. An attempt or a
// round without a verdict was lost to the machine, and is [train.EnvLost], since a
// round does not keep in which way. Attempts on a bug that nobody is paid for, too
// few of them having counted, are [train.Incomplete].
//
// A model's record is its trajectory: tokens, turns, malformed actions, and whether
// the tokens are fit to be trained on. Other players keep records of their own kind,
// and their lengths are unknown: no tokens, no turns, and no steps, which a penalty
// on steps takes for none. How an injection ended is known from such a record alone;
// without one it is submitted.
//
// Left out: tokens and log-probabilities themselves, which exporters copy; policy
// versions, which servers give as words without an order, so that Oldest and Newest
// stay 0; and running anything.
package rollout

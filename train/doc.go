// Package train makes a training batch of finished attempts: which of them teach,
// how much, and why the others do not.
//
//	recipe := train.Recipe{Advantage: train.LeaveOneOut{}.Advantage()}
//	batch, err := recipe.Batch(samples)
//	err = batch.WriteTable(os.Stdout)
//
// The one idea: numbers and reasons in, weights out. A [Sample] is a finished
// trajectory without its text: a reward, lengths, a role, the key of its group, and
// why it ended. A [Recipe] is a list of rules, each a value with a name, a doc and a
// func, so that a system's recipe is read at a glance and one rule of it is swapped
// in one line. A [Batch] says of every sample what became of it, and which rule
// decided that.
//
// The order of steps is the same for every recipe, because the public systems
// differ in results mostly where they disagree about it:
//
//	fault    what the machine did is dropped: it has no reward, not even zero
//	drop     masks with [Drop] remove samples before anything is compared
//	group    samples of one role and key are compared with each other, never others
//	shape    named parts are added to rewards; masks with [MaskZero] count as 0
//	filter   groups are dropped, for want of spread among live samples say
//	advantage
//	gate     groups are dropped by their advantages
//	mask     what does not train keeps its advantage and gets weight 0
//	weight   what a token of a sample weighs in the loss
//
// A sample is live if it will train: masks are decided when samples are read and
// applied last, so that a masked one cannot make a group look varied.
//
// Groups nest (interfaces, "Nested groups"): injections of one repository form a
// group, attempts on one bug form a group. The role is part of a group's key, so
// that the two are never mixed; [Across] gives roles the parent's key instead.
//
// Where two systems differ there is an exported field, and its doc says who does
// what. Its zero value is the system the type is named after, or what refuses. A
// field named Compat brings back what the original does in a place that this
// package refuses, for comparison with the original's numbers.
//
// What is the caller's fault is a [SampleError] or [GroupError] that says which
// group and which sample; a NaN never gets into a batch, and no case is 0 for want
// of a better idea: where 0 is the rule, the rule's doc says so.
//
// Left out: the loss itself, ratios and clipping, which need log-probabilities and
// belong to a trainer; text, so that no rule can read what a trajectory says; and
// rewards of one attempt, which are package reward's. Means are plain sums in
// order, double precision; references in single precision agree to about 1e-7.
package train

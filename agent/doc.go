// Package agent is the loop that lets a policy act in a sandbox: ask the policy,
// do what it calls, show it what came of that, until a [Stop].
//
//	loop := agent.Loop{Policy: p}
//	trajectory, err := loop.Run(ctx, agent.Job{ID: id, Box: box, System: rules, Request: task})
//
// The scaffold is the one that SSR uses (CWM, arXiv 2510.02387, and the plugins of
// github.com/facebookresearch/cwm, cwm/rl/swerl): one call a turn, of bash, edit,
// create or submit; every observation is cut to a limit and ends with what is left
// of turns and tokens. Tools are values in a list; one of one's own is a name, a
// text for the model and a function.
//
// A conversation grows at its end and is never edited, so that servers keep their
// cache, and the ids that a trainer gets are those of one growing prompt. A step
// is kept in the [Journal] before the next begins. A process that died goes on
// where it was: what the policy said is read back and not sampled again, and what
// it did is done again in the new sandbox, whose tree is therefore the same; where
// an observation differs this time, the trajectory says so.
//
// Whose fault it is. What the model does wrong (no call, two calls, an unknown
// tool, arguments that are no JSON, an edit that matches twice) is an observation
// it can mend; as many in a row as [Limits] say end the trajectory. A limit that is
// reached is a Stop and data. An error is the machine's: the sandbox was lost, the
// policy's server does not answer. Only a call of submit by the policy itself
// submits; what a program prints is text.
//
// Left out: several calls in one turn, since an observation then belongs to no
// action and a prefix is hard to take up again; forgetting old observations, which
// breaks the prefix at every turn; and a browser.
package agent

// Package agent is the loop that lets a policy act in a sandbox: ask the policy,
// do what it calls, show it what came of that, until a [Stop].
//
//	loop := agent.Loop{Policy: p}
//	trajectory, err := loop.Run(ctx, agent.Job{ID: id, Box: box, System: rules, Request: task})
//
// The scaffold is the one that SSR uses: CWM's (arXiv 2510.02387, and the code at
// github.com/facebookresearch/cwm, commit 7930e029, below cwm/rl/swerl). One call
// a turn, of bash, edit, create or submit; every observation is cut to a limit and
// ends with what is left of turns and tokens. How a call is written in a text is
// default_tools.py's (parse_tool_calls), and what edit and create say is, to the
// letter, what plugins/edit.py and plugins/create.py say, where they do the same
// ([Edit] lists where not). Tools are values in a list; one of one's own is a
// name, a text for the model and a function.
//
// A conversation grows at its end and is never edited, so that servers keep their
// cache, and the ids that a trainer gets are those of one growing prompt. A step
// is kept in the [Journal] before the next begins. A process that died goes on
// where it was: what the policy said is read back and not sampled again, and what
// it did is done again in the new sandbox, whose tree is therefore the same; where
// an observation differs this time, the trajectory says so.
//
// Whose fault it is. What the model does wrong (no call, two calls, one in its
// reasoning alone, an unknown tool, arguments that are no JSON, an edit that matches
// twice) is an observation it can mend; as many in a row as [Limits] say end the trajectory. Half an answer,
// cut off by its length, by the server or by its filter, is not done: half a
// command may be another command. A limit that is reached is a Stop and data. An
// error is the machine's: the sandbox was lost, the policy's server does not
// answer, the journal's disk is full. Only a call of submit by the policy itself
// submits; what a program prints is text.
//
// A player is hostile, and its shell its own. Edits run in a clean bash which that
// shell only starts, so that functions, aliases and set -e of the player's do not
// reach them; but nothing here guards the sandbox from the player. A path that is
// refused for leading out of the tree is a hint to a model that lost its way, not
// a wall: the player's bash writes wherever the sandbox lets it.
//
// Left out: several calls in one turn, since an observation then belongs to no
// action and a prefix is hard to take up again; forgetting old observations, which
// breaks the prefix at every turn; and a browser.
package agent

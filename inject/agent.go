package inject

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/sandbox"
)

// An Agent is an Injector that lets a policy explore the repository, break it and
// write the artifact, in one sandbox that has the tree, all that its tests need,
// and its whole history. Its fields are set once; it is then safe for concurrent
// use.
//
// What it hands in is taken from the sandbox's tree and not from what the policy
// says: see [Record]. Until the policy submits there is nothing, and the files are
// empty. A submit that cannot be understood (no such folder, more changed files
// than Take allows) is refused like any other call that went wrong, and the policy
// may submit again.
type Agent struct {
	Loop agent.Loop         // with Submit the role's own, whatever it is here
	Take sandbox.TakeLimits // of the policy's changes, the artifact's files included

	// Feedback is how many times the policy is shown what is wrong with what it
	// submitted, and may go on. Zero, as in the paper, is for training: the first
	// submission counts.
	Feedback int

	// Judge decides what the policy is shown, in words, and whether it needs to
	// be. The same files must get the same words, so that a trajectory that was
	// broken off can be gone on with. Nil is allowed without Feedback.
	Judge func(ctx context.Context, r *Repository, f bug.Files) (report string, consistent bool, err error)
}

// Strategies implements [Strategist].
func (g *Agent) Strategies() []Strategy { return []Strategy{Removal, History, Direct} }

// Validate refuses an agent that cannot play.
func (g *Agent) Validate() error {
	switch {
	case g.Feedback < 0:
		return fmt.Errorf("inject: Feedback is %d; it must be 0 or more", g.Feedback)
	case g.Feedback > 0 && g.Judge == nil:
		return fmt.Errorf("inject: Feedback is %d and there is no Judge to give it", g.Feedback)
	case g.Take.Files < 0 || g.Take.Bytes < 0:
		return fmt.Errorf("inject: a limit of Take is negative: %+v; 0 is the default", g.Take)
	}
	return g.Loop.Validate()
}

// Identity says what the injector's play depends on.
func (g *Agent) Identity() string {
	loop, take := g.loop(), g.Take.Complete()
	return fmt.Sprintf("agent: %s; prompts %s; %d rounds of feedback; at most %d files and %d bytes",
		loop.Identity(), promptsKey(), g.Feedback, take.Files, take.Bytes)
}

// Inject lets the policy make one bug.
func (g *Agent) Inject(ctx context.Context, a Assignment) (made *Injection, err error) {
	if err := g.check(a); err != nil {
		return nil, err
	}
	err = g.sit(ctx, a, func(d *desk, job agent.Job) error {
		loop := g.loop()
		t, err := loop.Run(ctx, job)
		if err != nil {
			return fmt.Errorf("inject: %w", err)
		}
		made, err = d.injection(t)
		return err
	})
	return made, err
}

// check refuses what cannot be played, before anything runs.
func (g *Agent) check(a Assignment) error {
	if err := cmp.Or(g.Validate(), a.Validate()); err != nil {
		return err
	}
	if known := g.Strategies(); !slices.Contains(known, a.Strategy) {
		return fmt.Errorf("inject: the strategy is %s, which is no model's; %v are known", a.Strategy, known)
	}
	if s := a.Repository.Snapshot; a.Strategy == History && s.Commit == "" {
		return fmt.Errorf("inject: the strategy is history, and %s has none; a git repository or a module's release is wanted, or another strategy", s.Source)
	}
	return nil
}

// loop is the loop with the role's submit.
func (g *Agent) loop() agent.Loop {
	loop := g.Loop
	loop.Submit = agent.Submit("Hands in the bug: the changes of the tree, and the five files in the folder that is named. It ends the work, unless the answer says what is to be mended.",
		agent.Parameter{Name: "folder", Doc: "the new folder that the five files are in, from " + sandbox.WorkDir + ", such as " + defaultFolder})
	loop.Submit.Example = defaultFolder
	return loop
}

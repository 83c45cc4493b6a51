package inject

import (
	"context"
	"slices"

	"github.com/selfplay-swe/ssr/agent"
)

// Replay does again, in a fresh sandbox of the same assignment, what a trajectory
// did, and returns where the observations differ. It asks neither a policy nor the
// judge: what a submission was told is left out. The loop's tools must be those
// that the trajectory was made with.
func (g *Agent) Replay(ctx context.Context, a Assignment, t *agent.Trajectory) (found []agent.Difference, err error) {
	if err := a.Validate(); err != nil {
		return nil, err
	}
	loop := g.loop()
	err = g.sit(ctx, a, func(_ *desk, job agent.Job) error {
		job.Submitted = func(context.Context, agent.Args) (string, error) { return "", nil }
		found, err = loop.Replay(ctx, job, t)
		return err
	})
	return slices.DeleteFunc(found, func(d agent.Difference) bool {
		action := t.Steps[d.Step].Action
		return action != nil && action.Tool == loop.Submit.Name
	}), err
}

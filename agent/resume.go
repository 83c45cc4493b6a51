package agent

import (
	"context"
	"fmt"
	"slices"

	"github.com/selfplay-swe/ssr/policy"
)

// resume does again what the journal holds.
func (c *conversation) resume(ctx context.Context) error {
	steps := c.kept.found
	if len(steps) == 0 {
		return nil
	}
	r := Resumed{After: len(steps)}
	for i, s := range steps {
		observation, err := c.again(ctx, s)
		if err != nil {
			return fmt.Errorf("turn %d: %w", i+1, err)
		}
		if observation != s.Observation {
			r.Differs = append(r.Differs, i)
		}
		c.take(s)
	}
	c.t.Resumed = append(c.kept.resumed, r)
	return c.kept.add(line{Resumed: &r})
}

// again does a step again that was made before, and returns what is observed now.
func (c *conversation) again(ctx context.Context, s Step) (string, error) {
	c.learn(c.whole(s))
	if s.Action == nil {
		return c.observe(s.Malformed), nil
	}
	result, err := c.do(ctx, *s.Action)
	if err != nil || s.Action.Tool == submitName && !result.Failed {
		return "", err
	}
	return c.observe(result.Text), nil
}

// whole is a step's answer with its whole prompt, if that is known.
func (c *conversation) whole(s Step) *policy.Answer {
	if s.Shared == 0 || c.last == nil {
		return s.Answer
	}
	before := slices.Concat(c.last.Prompt, c.last.Completion)
	whole := *s.Answer
	whole.Prompt = append(before[:min(s.Shared, len(before))], s.Answer.Prompt...)
	return &whole
}

// A Difference is a step of a trajectory that came to something else when it was
// done again.
type Difference struct {
	Step int // from 0
	Was  string
	Is   string
}

// Replay does a trajectory's actions again in a sandbox like the one it was made
// in, without asking a policy, and returns where the observations differ. The
// loop's tools must be those that it was made with. The observations that follow
// a difference are those of another tree.
func (l *Loop) Replay(ctx context.Context, job Job, t *Trajectory) ([]Difference, error) {
	loop := *l
	loop.Policy, loop.Journal, loop.Text, loop.Limits = silent, nil, t.Text, t.Limits
	if err := loop.Validate(); err != nil {
		return nil, err
	}
	c, err := loop.begin(job)
	if err != nil {
		return nil, err
	}
	defer c.env.close()
	var found []Difference
	for i, s := range t.Steps {
		is, err := c.again(ctx, s)
		if err != nil {
			return found, fmt.Errorf("agent: replay turn %d: %w", i+1, err)
		}
		if is != s.Observation {
			found = append(found, Difference{i, s.Observation, is})
		}
		c.take(s)
	}
	return found, nil
}

// silent is the policy of who only does again what another one said.
var silent = policy.Func(func(context.Context, policy.Request) (*policy.Answer, error) {
	panic("agent: a replay asks no policy")
})

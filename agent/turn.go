package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/selfplay-swe/ssr/policy"
)

// turn asks, acts, observes and keeps, or finds that a limit is reached.
func (c *conversation) turn(ctx context.Context) error {
	if c.limited() {
		return nil
	}
	answer, err := c.Policy.Complete(ctx, policy.Request{
		Messages: c.messages[:len(c.messages):len(c.messages)],
		Tools:    c.native,
		Sampling: c.sample(),
		Session:  c.job.ID,
		Last:     c.last,
	})
	if full, ok := errors.AsType[*policy.ContextError](err); ok {
		c.stop(Context, full.Error())
		return nil
	}
	if err != nil {
		return err
	}
	step := c.hear(answer)
	if err := c.act(ctx, &step); err != nil {
		return err
	}
	return c.keep(step)
}

// sample is the sampling of the next turn: no answer may be longer than what is
// left. One whose length is left to the server stays so, since it alone knows what
// its context leaves, and refuses to be asked for more.
func (c *conversation) sample() policy.Sampling {
	s := c.sampling(c.job.Seed, len(c.t.Steps))
	s.MaxTokens = min(s.MaxTokens, c.limits.Tokens-c.used)
	return s
}

// hear begins a step with an answer.
func (c *conversation) hear(answer *policy.Answer) Step {
	own := *answer
	shared := share(c.last, &own)
	c.learn(answer)
	return Step{Shared: shared, Answer: &own}
}

// learn takes note of what the tokens of an answer are.
func (c *conversation) learn(answer *policy.Answer) {
	c.last, c.used = answer, answer.Usage.Prompt+answer.Usage.Completion
}

// act does what the policy called.
func (c *conversation) act(ctx context.Context, s *Step) error {
	action, err := c.action(s.Answer)
	if err != nil {
		s.Malformed, s.Observation = err.Error(), c.observe(err.Error())
		return nil
	}
	s.Action = &action
	began := time.Now()
	result, err := c.do(ctx, action)
	if err != nil {
		return fmt.Errorf("%s: %w", action.Tool, err)
	}
	s.Took, s.Failed = time.Since(began), result.Failed
	if !s.submits() {
		s.Observation = c.observe(result.Text)
	}
	return nil
}

// do runs an action. A submit that is refused is one that failed.
func (c *conversation) do(ctx context.Context, a Action) (Result, error) {
	if a.Tool != submitName {
		tool, err := c.tools.find(a.Tool)
		if err != nil {
			return Result{err.Error(), true}, nil
		}
		return tool.Run(ctx, c.env, a.Args)
	}
	if c.job.Submitted == nil {
		return Result{}, nil
	}
	if err := c.env.close(); err != nil { // who looks at the tree ends what runs on it
		return Result{}, err
	}
	problem, err := c.job.Submitted(ctx, a.Args)
	return Result{problem, problem != ""}, err
}

// keep ends a step: it is in the journal before anything follows from it.
func (c *conversation) keep(s Step) error {
	if err := c.kept.add(s.line()); err != nil {
		return err
	}
	c.take(s)
	return nil
}

// take takes a step into the trajectory.
func (c *conversation) take(s Step) {
	c.t.Steps = append(c.t.Steps, s)
	c.messages = append(append(c.messages, s.Answer.Message), s.observation()...)
	c.spent += s.Answer.Timing.Total + s.Took
	switch {
	case s.Action != nil:
		c.wrong = 0
	case s.Answer.Finish != policy.Aborted: // which is the server's doing
		c.wrong++
	}
	if s.submits() {
		c.t.Submit = s.Action.Args
		c.stop(Submitted, "")
	}
}

// limited ends the trajectory where a limit is reached. Time is what was measured
// when the steps were made: a trajectory that is resumed has the time that it had.
func (c *conversation) limited() bool {
	switch {
	case c.wrong >= c.limits.Malformed:
		last := c.t.Steps[len(c.t.Steps)-1].Malformed
		c.stop(Malformed, fmt.Sprintf("%d answers in a row were no action; of the last: %s", c.wrong, cut(last, minObservation)))
	case len(c.t.Steps) >= c.limits.Turns:
		c.stop(MaxTurns, fmt.Sprintf("%d turns were taken", len(c.t.Steps)))
	case c.used >= c.limits.Tokens:
		c.stop(MaxTokens, fmt.Sprintf("the conversation has %d tokens", c.used))
	case c.spent >= c.limits.Wall:
		c.stop(Timeout, fmt.Sprintf("answers and actions took %v", c.spent.Round(time.Second)))
	}
	return c.t.Stop != 0
}

func (c *conversation) stop(s Stop, detail string) { c.t.Stop, c.t.Detail = s, detail }

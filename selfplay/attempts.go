package selfplay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/selfplay-swe/ssr/work"
)

// attempts has a bug solved, and then what failed attempts left of it, as one
// group for each.
func (p *play) attempts(ctx context.Context, t *turn, i *injection, r *Round) error {
	whole := try{Round: t.Round, Source: t.Source, Snapshot: t.Snapshot, Whole: t.Seed, Files: i.Files}
	id := p.group(t, "attempts")
	if err := p.start(ctx, id, whole, t.Seed, p.config.Attempts); err != nil {
		return err
	}
	first, err := p.wait(ctx, id, t.Seed)
	if err != nil {
		return err
	}
	r.Attempts, r.Solved, r.Counted, r.Scored, r.Reward = first.Attempts, first.Solved, first.Counted, first.Scored, first.Reward
	r.Cost.add(first.Spans)
	return p.children(ctx, t, whole, first.Children, r)
}

// children has second-order bugs solved, side by side.
func (p *play) children(ctx context.Context, t *turn, whole try, all []heir, r *Round) error {
	seed := func(child heir) uint64 { return Derive(t.Seed, "child", child.Of) }
	name := func(child heir) string { return p.group(t, fmt.Sprintf("child/%d", child.Of)) }
	for _, child := range all {
		whole.Child, whole.Left = child.Of+1, child.Left
		if err := p.start(ctx, name(child), whole, seed(child), p.config.SecondOrder.Attempts); err != nil {
			return err
		}
	}
	for _, child := range all {
		s, err := p.wait(ctx, name(child), seed(child))
		if err != nil {
			return err
		}
		r.Children = append(r.Children, Child{child.Of, child.Tree, child.FailToPass, s.Attempts, s.Solved, s.Counted})
		r.Cost.add(s.Spans)
	}
	return nil
}

// start starts a group of n attempts, which are like whole.
func (p *play) start(ctx context.Context, id string, whole try, seed uint64, n int) error {
	group := work.Group{ID: id, Finish: StageScore}
	for i := range n {
		whole.Attempt, whole.Seed = i, Derive(seed, "attempt", i)
		input, err := json.Marshal(whole)
		if err != nil {
			return err
		}
		group.Tasks = append(group.Tasks, work.Task{ID: fmt.Sprint(i), Steps: []string{StageAttempt, StageGrade}, Input: input})
	}
	return p.executor.Start(ctx, group)
}

// wait waits for a group of attempts to be scored.
func (p *play) wait(ctx context.Context, id string, seed uint64) (*scored, error) {
	outcome, err := p.executor.Wait(ctx, id)
	if err != nil {
		return nil, err
	}
	if outcome.Error != "" {
		return nil, errors.New(outcome.Error)
	}
	s := &scored{}
	if err := json.Unmarshal(outcome.Output, s); err != nil {
		return nil, fmt.Errorf("group %s: %w", id, err)
	}
	for i := range s.Attempts {
		s.Attempts[i].Seed = Derive(seed, "attempt", i) // also of those that were lost
	}
	return s, nil
}

// begin puts together what is known of a round when its bug is judged.
func (t *turn) begin(i *injection, lost string, twin *Duplicate) *Round {
	r := &Round{
		Version: RoundVersion, Index: t.Round,
		Source: t.Source.Repo, Commit: t.field.Commit, Snapshot: t.Snapshot, Seed: t.Seed,
		Strategy: t.Strategy, Target: t.Target,
		Artifact: i.Files, Record: i.Record, Report: i.Report,
		Bug: i.Bug, Consistent: i.Bug != "", Refusal: i.Refusal, Duplicate: twin,
		Files: i.Changed, FailToPass: i.FailToPass, PassToPass: i.PassToPass,
		Attempts: []Attempt{}, Children: []Child{}, Errored: lost,
	}
	if r.Files == nil {
		r.Files = []string{}
	}
	r.Cost.add(i.Spans)
	return r
}

// add adds what steps took.
func (c *Cost) add(steps []span) {
	for _, s := range steps {
		if c.Seconds == nil {
			c.Seconds, c.began, c.ended = map[string]float64{}, s.Began, s.Ended
		}
		c.Seconds[s.Stage] += s.Ended.Sub(s.Began).Seconds()
		c.Runs += s.Runs
		c.RunsSaved += s.Saved
		c.Retries += s.Retries
		if s.Began.Before(c.began) {
			c.began = s.Began
		}
		if s.Ended.After(c.ended) {
			c.ended = s.Ended
		}
	}
	c.Wall = c.ended.Sub(c.began).Seconds()
}

package selfplay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/selfplay-swe/ssr/work"
)

// turn says what the next round is asked for. It is a function of the rounds
// that are done, and of what those that are under way were asked for.
func (p *play) turn() *turn {
	round := len(p.turns)
	field := &p.fields[round%len(p.fields)]
	seed := Derive(p.Seed, "round", round)
	a := assignment{Round: round, Source: field.Source, Snapshot: field.Snapshot, Seed: seed}
	a.Strategy = draw(chance(seed, "strategy"), possible(p.config.Strategies, field.Commit))
	a.Target = cover(p.turns, p.done, field.Snapshot).aim(chance(seed, "target"), field.targets, a.Strategy)
	t := &turn{assignment: a, field: field, decided: make(chan struct{}), round: make(chan *Round, 1)}
	if round > 0 {
		t.before = p.turns[round-1]
	}
	return t
}

// round plays a round. An error is the executor's, the archive's or ctx's.
func (p *play) round(ctx context.Context, t *turn) (*Round, error) {
	i, lost, err := p.injection(ctx, t)
	twin, err := p.compare(ctx, t, i, err)
	if err != nil {
		return nil, err
	}
	r := t.begin(i, lost, twin)
	switch {
	case lost != "" || twin != nil:
		return r, nil
	case i.Bug == "":
		return r, p.refuse(r)
	}
	return r, p.attempts(ctx, t, i, r)
}

// injection asks for a bug and has it judged. Lost is why the machine could not.
func (p *play) injection(ctx context.Context, t *turn) (i *injection, lost string, err error) {
	input, err := json.Marshal(injection{assignment: t.assignment})
	if err != nil {
		return nil, "", err
	}
	id := p.group(t, "bug")
	_, err = p.executor.Wait(ctx, id)
	if t.ours = errors.Is(err, work.ErrUnknown); err != nil && !t.ours {
		return nil, "", err
	}
	task := work.Task{ID: "injection", Steps: []string{StageInject, StageVerify}, Input: input}
	if err := p.executor.Start(ctx, work.Group{ID: id, Tasks: []work.Task{task}}); err != nil {
		return nil, "", err
	}
	outcome, err := p.executor.Wait(ctx, id)
	switch {
	case err != nil:
		return nil, "", err
	case len(outcome.Results) != 1:
		return nil, "", fmt.Errorf("group %s has %d results; it has one task", id, len(outcome.Results))
	case outcome.Results[0].Error != "":
		return &injection{assignment: t.assignment}, outcome.Results[0].Error, nil
	}
	i = &injection{}
	return i, "", json.Unmarshal(outcome.Results[0].Output, i)
}

// group names a group of a round: no two plays and no two groups share a name.
func (p *play) group(t *turn, what string) string {
	return fmt.Sprintf("%s/%d/%s", p.id, t.Round, what)
}

// compare decides, when everything before is decided, whether a bug is too like
// an earlier one of the snapshot. It passes failed on.
func (p *play) compare(ctx context.Context, t *turn, i *injection, failed error) (*Duplicate, error) {
	defer close(t.decided)
	if t.before != nil {
		select {
		case <-t.before.decided:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	if failed != nil || i.Bug == "" {
		return nil, failed
	}
	like := &likeness{}
	if err := p.read(ctx, i.Likeness, like); err != nil {
		return nil, err
	}
	for other := t.before; other != nil; other = other.before {
		if other.like == nil || other.Snapshot != t.Snapshot {
			continue
		}
		if by := like.duplicate(other.like, p.config.Similar); by != "" {
			return &Duplicate{other.Round, by}, nil
		}
	}
	t.like = like
	return nil, nil
}

// refuse pays for an artifact that states no bug.
func (p *play) refuse(r *Round) error {
	pay, scored, err := p.reward.Inject(false, 0, 0)
	if err != nil {
		return err
	}
	if r.Scored = scored; scored {
		r.Reward = &pay
	}
	return nil
}

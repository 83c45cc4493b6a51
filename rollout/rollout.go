package rollout

import (
	"context"
	"fmt"

	"github.com/selfplay-swe/ssr/reward"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/train"
	"github.com/selfplay-swe/ssr/verify"
)

// The roles of a play, as [train.Sample] names them.
const (
	Injector = "injector"
	Solver   = "solver"
)

// A Rollout is one finished trajectory.
type Rollout struct {
	Sample   train.Sample    // its Reward is what the play paid; 0 where it paid nothing
	Evidence reward.Evidence // of a solver
	Bug      *Bug            // of an injector: what its reward is a function of
	Unpaid   string          // why no rule can pay an injector that the machine did not lose; "" if one can
}

// A Bug is what became of an injection.
type Bug struct {
	Valid    bool // the judge accepted it
	Solved   int  // of those that count
	Counted  int
	Attempts int // made on it
}

// Blobs are where a play keeps what is too long for its rounds; a store is one.
type Blobs interface {
	Blob(ctx context.Context, ref selfplay.Ref) ([]byte, error)
}

// Of returns the trajectories of a round: the injection, then the attempts on its
// bug, then those on second-order bugs. An error is the store's: a blob that is not
// there or cannot be read, or a word of a newer program.
func Of(ctx context.Context, blobs Blobs, round *selfplay.Round) ([]Rollout, error) {
	r := &reader{ctx: ctx, blobs: blobs, round: round}
	list, err := r.all()
	if err != nil {
		return nil, fmt.Errorf("rollout: round %d: %w", round.Index, err)
	}
	return list, nil
}

// A reader makes the rollouts of one round.
type reader struct {
	ctx   context.Context
	blobs Blobs
	round *selfplay.Round

	tests  tests    // of the bug
	oracle []string // the diff that undoes the bug
}

func (r *reader) all() ([]Rollout, error) {
	injection, err := r.injection()
	if err != nil {
		return nil, fmt.Errorf("injection: %w", err)
	}
	list := []Rollout{injection}
	if len(r.round.Attempts) == 0 {
		return list, nil
	}
	if err := r.bug(); err != nil {
		return nil, err
	}
	list, err = r.attempts(list, r.key(), r.round.Attempts, r.round.Scored)
	for _, child := range r.round.Children {
		if err != nil {
			break
		}
		r.oracle = nil // what repairs it is in no blob
		list, err = r.attempts(list, fmt.Sprintf("%s/child/%d", r.key(), child.Of), child.Attempts, true)
	}
	return list, err
}

func (r *reader) key() string { return fmt.Sprintf("round/%d", r.round.Index) }

func (r *reader) injection() (Rollout, error) {
	sample := train.Sample{ID: r.key(), Role: Injector, Group: r.round.Source, Stop: train.Submitted}
	if r.round.Errored != "" {
		sample.Stop = train.EnvLost
		return Rollout{Sample: sample}, nil
	}
	if r.round.Reward != nil {
		sample.Reward = *r.round.Reward
	}
	out := Rollout{Sample: sample, Bug: &Bug{Valid: r.round.Consistent, Solved: r.round.Solved,
		Counted: r.round.Counted, Attempts: len(r.round.Attempts)}}
	if d := r.round.Duplicate; d != nil {
		out.Unpaid = fmt.Sprintf("a duplicate of round/%d, by %s: no attempts, no pay", d.Of, d.By)
	}
	return out, r.measure(&out.Sample, r.round.Record)
}

func (r *reader) attempts(list []Rollout, group string, attempts []selfplay.Attempt, scored bool) ([]Rollout, error) {
	for _, a := range attempts {
		one, err := r.attempt(&a, scored)
		if err != nil {
			return nil, fmt.Errorf("%s/attempt/%d: %w", group, a.Index, err)
		}
		one.Sample.ID = fmt.Sprintf("%s/attempt/%d", group, a.Index)
		one.Sample.Role, one.Sample.Group, one.Sample.Parent = Solver, group, r.round.Source
		list = append(list, one)
	}
	return list, nil
}

func (r *reader) attempt(a *selfplay.Attempt, scored bool) (out Rollout, err error) {
	if a.Outcome == verify.Errored {
		out.Sample.Stop = train.EnvLost
		return out, nil
	}
	if out.Sample.Stop, err = stopOf(a.Stop); err != nil {
		return out, err
	}
	if a.Reward != nil {
		out.Sample.Reward = *a.Reward
	}
	if err := r.measure(&out.Sample, a.Record); err != nil {
		return out, err
	}
	if !scored {
		out.Sample.Stop = train.Incomplete
	}
	out.Evidence, err = r.evidence(a)
	out.Evidence.Steps, out.Evidence.Tokens = out.Sample.Steps, out.Sample.Tokens
	return out, err
}

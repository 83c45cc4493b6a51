// Package scripted plays conversations back: a [Policy] that says what it was
// given, whatever it is told. With it a whole game is tested against the real
// sandbox without a model, and a recorded conversation is run again.
//
// A script has no state: what it says next is decided by how often it has spoken
// in the conversation that it is asked to go on with. So one script serves any
// number of conversations at once, and one that is resumed goes on where it was.
package scripted

import (
	"context"
	"fmt"
	"time"

	"github.com/selfplay-swe/ssr/policy"
)

// A Policy says its Turns, one after the other. A conversation that goes on after
// the last is a [policy.RefusedError].
type Policy struct {
	Name    string // its identity; default "scripted"
	Turns   []policy.Answer
	Latency time.Duration // that every answer takes
}

// Say makes a script of messages.
func Say(messages ...policy.Message) *Policy {
	p := &Policy{}
	for _, m := range messages {
		m.Role = policy.Assistant
		p.Turns = append(p.Turns, policy.Answer{Message: m, Finish: finish(m)})
	}
	return p
}

func finish(m policy.Message) policy.Finish {
	if len(m.Calls) > 0 {
		return policy.Called
	}
	return policy.Stopped
}

// Identity implements policy.Identifier.
func (p *Policy) Identity() string {
	if p.Name == "" {
		return "scripted"
	}
	return p.Name
}

// Complete says the next turn.
func (p *Policy) Complete(ctx context.Context, r policy.Request) (*policy.Answer, error) {
	if err := wait(ctx, p.Latency); err != nil {
		return nil, err
	}
	spoken := spoken(r.Messages)
	if spoken >= len(p.Turns) {
		return nil, &policy.RefusedError{Address: p.Identity(), Message: fmt.Sprintf("the script has %d turns, and turn %d is wanted", len(p.Turns), spoken+1)}
	}
	answer := p.Turns[spoken]
	answer.Model, answer.Sampling, answer.Try = p.Identity(), r.Sampling, 1
	answer.Timing.Total = p.Latency
	return &answer, nil
}

// spoken counts the answers in a conversation.
func spoken(messages []policy.Message) (n int) {
	for i := range messages {
		if messages[i].Role == policy.Assistant {
			n++
		}
	}
	return n
}

// wait waits, or ends with ctx.
func wait(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

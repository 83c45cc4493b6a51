package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/selfplay"
)

// A talk is a conversation with a model that a step is having.
type talk struct {
	stage  stageKey
	turn   int // that is under way, from 1; 0: none yet
	most   int // turns
	tokens int // of all turns before
}

// listen has a view told of every turn of the players that are models.
func (v *playView) listen(players []*agent.Loop) {
	for _, loop := range players {
		loop.Policy = overheard{loop.Policy, v, loop.Limits.Complete().Turns}
	}
}

// An overheard model is one whose turns a view shows.
type overheard struct {
	policy.Policy
	view *playView
	most int // turns of a conversation
}

// Identity is the model's own: who listens changes nothing.
func (o overheard) Identity() string { return agent.Identity(o.Policy) }

// Complete asks for the next message.
func (o overheard) Complete(ctx context.Context, r policy.Request) (*policy.Answer, error) {
	tokens := 0
	if r.Last != nil {
		tokens = r.Last.Usage.Prompt + r.Last.Usage.Completion
	}
	o.view.turn(seedOfSession(r.Session), spoken(r.Messages)+1, o.most, tokens)
	return o.Policy.Complete(ctx, r)
}

// spoken counts the turns that a model has had.
func spoken(messages []policy.Message) (turns int) {
	for _, m := range messages {
		if m.Role == policy.Assistant {
			turns++
		}
	}
	return turns
}

// seedOfSession is the seed that names of conversations end with (inject.Agent,
// solve.Agent); of another name it is one that no step has.
func seedOfSession(session string) uint64 {
	seed, _ := strconv.ParseUint(session[strings.LastIndexByte(session, '-')+1:], 16, 64)
	return seed
}

// seedOfStep is the seed of a step that may be a conversation, as the engine derives it
// from the play's (selfplay.Derive).
func seedOfStep(play uint64, e selfplay.Event) (seed uint64, ok bool) {
	round := selfplay.Derive(play, "round", e.Round)
	switch {
	case e.Stage == selfplay.StageInject:
		return round, true
	case e.Stage != selfplay.StageAttempt:
		return 0, false
	case e.Child > 0:
		return selfplay.Derive(selfplay.Derive(round, "child", e.Child-1), "attempt", e.Attempt), true
	}
	return selfplay.Derive(round, "attempt", e.Attempt), true
}

// turn takes a turn that begins. It is for people at terminals: a log of each would
// bury all else.
func (v *playView) turn(seed uint64, n, most, tokens int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if t := v.talks[seed]; t != nil {
		t.turn, t.most, t.tokens = n, most, tokens
	}
}

// attend begins or ends a talk with the step that has it.
func (v *playView) attend(e selfplay.Event) {
	seed, ok := seedOfStep(v.seed, e)
	switch {
	case !ok:
	case e.Done:
		delete(v.talks, seed)
	default:
		v.talks[seed] = &talk{stage: keyOf(e)}
	}
}

// turns tells how far the conversations of a stage are: of one its turn, of several
// those of the shortest and the longest; and the tokens of all. What is not known yet, or
// is had by no model, is empty.
func (v *playView) turns(stage stageKey) (turn, tokens string) {
	var at []int
	most, sum := 0, 0
	for _, t := range v.talks {
		if t.stage == stage && t.turn > 0 {
			at, most, sum = append(at, t.turn), t.most, sum+t.tokens
		}
	}
	if sum > 0 {
		tokens = grouped(sum) + " tokens"
	}
	switch {
	case at == nil:
		return "", ""
	case slices.Min(at) == slices.Max(at):
		return fmt.Sprintf("turn %d/%d", at[0], most), tokens
	}
	return fmt.Sprintf("turn %d-%d/%d", slices.Min(at), slices.Max(at), most), tokens
}

// grouped writes a number that is not negative in groups of three digits.
func grouped(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai"
	"github.com/selfplay-swe/ssr/selfplay"
)

// deaf is a model that says the same whatever it is asked.
var deaf = policy.Func(func(context.Context, policy.Request) (*policy.Answer, error) { return &policy.Answer{}, nil })

// asking is a question in the conversation of a step, when the model has said so much.
func asking(t *testing.T, e selfplay.Event, turns, tokens int) policy.Request {
	seed, ok := seedOfStep(1, e)
	require.True(t, ok)
	r := policy.Request{Session: fmt.Sprintf("solve-0123456789abcdef-%016x", seed)}
	for range turns {
		r.Messages = append(r.Messages, policy.Message{Role: policy.Assistant}, policy.Message{Role: policy.Observed})
	}
	if turns > 0 {
		r.Last = &policy.Answer{Usage: policy.Usage{Prompt: tokens - 1, Completion: 1}}
	}
	return r
}

// On a terminal the line of a stage tells how far its conversations are.
func TestViewOfTurns(t *testing.T) {
	v, out := watched(true, 4, 1)
	loop := &agent.Loop{Policy: deaf, Limits: agent.Limits{Turns: 100}}
	v.listen([]*agent.Loop{loop})
	ask := func(e selfplay.Event, turns, tokens int) {
		_, err := loop.Policy.Complete(t.Context(), asking(t, e, turns, tokens))
		require.NoError(t, err)
	}
	first, second, child := event(selfplay.StageAttempt, 0, 2, 0), event(selfplay.StageAttempt, 0, 7, 0), event(selfplay.StageAttempt, 0, 2, 3)
	inject := event(selfplay.StageInject, 1, 0, 0)
	for _, e := range []selfplay.Event{first, second, child, inject, event(selfplay.StageVerify, 2, 0, 0)} {
		v.event(e)
	}
	ask(first, 11, 8412)
	ask(inject, 0, 0)
	ask(child, 1, 999)
	v.draw()
	require.Equal(t, `0 of 4 rounds
  round 1, attempt                             0s  turn 12/100  0 done, 2 runn…
  round 1, bug left by attempt 3, attempt      0s  turn 2/100  0 done, 1 runni…
  round 2, inject                              0s  turn 1/100
  round 3, verify                              0s`, screen(out.String()))
	key := keyOf(first)
	require.Contains(t, v.stageLine(key, 0), "  turn 12/100  0 done, 2 running  8,412 tokens", "the other has not begun")
	ask(second, 2, 1_000_000)
	require.Contains(t, v.stageLine(key, 0), "  turn 3-12/100  0 done, 2 running  1,008,412 tokens")
	v.event(ended(first, "submitted"))
	require.Contains(t, v.stageLine(key, 0), "  turn 3/100  1 done, 1 running  1,000,000 tokens")
	lost := ended(second, "")
	lost.Err = context.DeadlineExceeded
	v.event(lost)
	ask(second, 2, 1_000_000)
	require.NotContains(t, v.stageLine(key, 0), "turn", "it is over")
}

// A log has no line for a turn, and a model stays who it is when it is overheard.
func TestTurnsAreInNoLog(t *testing.T) {
	v, out := watched(false, 1, 1)
	client, err := openai.New(openai.Options{Endpoint: "http://here/v1", Model: "toy"}, nil)
	require.NoError(t, err)
	for _, p := range []policy.Policy{client, deaf} {
		loop := &agent.Loop{Policy: p}
		was := loop.Identity()
		v.listen([]*agent.Loop{loop})
		require.Equal(t, was, loop.Identity())
	}
	loop := &agent.Loop{Policy: deaf}
	v.listen([]*agent.Loop{loop})
	step := event(selfplay.StageAttempt, 0, 0, 0)
	v.event(step)
	_, err = loop.Policy.Complete(t.Context(), asking(t, step, 3, 100))
	require.NoError(t, err)
	require.Empty(t, out.String())
	require.Contains(t, v.stageLine(keyOf(step), 0), "turn 4/128")
}

// seedsAsDerived holds the seeds of a round that was played against those that the view
// knows its conversations by.
func seedsAsDerived(t *testing.T, play uint64, r *selfplay.Round) {
	t.Helper()
	check := func(want uint64, e selfplay.Event) {
		seed, ok := seedOfStep(play, e)
		require.True(t, ok)
		require.Equal(t, want, seed, stepName(e))
	}
	check(r.Seed, event(selfplay.StageInject, r.Index, 0, 0))
	for _, a := range r.Attempts {
		check(a.Seed, event(selfplay.StageAttempt, r.Index, a.Index, 0))
	}
	for _, child := range r.Children {
		for _, a := range child.Attempts {
			check(a.Seed, event(selfplay.StageAttempt, r.Index, a.Index, child.Of+1))
		}
	}
}

package scripted_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/scripted"
)

func TestAnswersSayHowTheyWereMade(t *testing.T) {
	p := scripted.Say(policy.Message{Content: "a"}, policy.Message{Calls: []policy.Call{{ID: "1", Name: "bash"}}})
	p.Turns[0].Tokens = policy.Tokens{Prompt: []int32{1}, Completion: []int32{2}, Logprobs: []float64{-0.5}}
	sampling := policy.Sampling{Temperature: new(0.5), Seed: new(int64(7))}
	first, err := p.Complete(t.Context(), policy.Request{Sampling: sampling})
	require.NoError(t, err)
	require.Equal(t, policy.Stopped, first.Finish)
	require.Equal(t, sampling, first.Sampling)
	require.Equal(t, []int32{2}, first.Completion)
	require.Equal(t, policy.Assistant, first.Message.Role)
	second, err := p.Complete(t.Context(), policy.Request{Messages: []policy.Message{first.Message}})
	require.NoError(t, err)
	require.Equal(t, policy.Called, second.Finish)
	require.Empty(t, p.Turns[1].Model, "the script stays as it is")
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := scripted.Say(policy.Message{Content: "a"})
		p.Latency = time.Hour
		began := time.Now()
		answer, err := p.Complete(t.Context(), policy.Request{})
		require.NoError(t, err)
		require.Equal(t, time.Hour, time.Since(began))
		require.Equal(t, time.Hour, answer.Timing.Total)

		reason := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Minute, func() { cancel(reason) })
		_, err = p.Complete(ctx, policy.Request{})
		require.ErrorIs(t, err, reason)
		require.Equal(t, time.Hour+time.Minute, time.Since(began))
	})
}

// A cancelled call is not answered, without a latency, too.
func TestCancelled(t *testing.T) {
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	_, err := scripted.Say(policy.Message{Content: "a"}).Complete(ctx, policy.Request{})
	require.ErrorIs(t, err, reason)
}

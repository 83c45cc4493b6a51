package openai_test

import (
	"testing"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai"
	"github.com/selfplay-swe/ssr/policy/openai/openaitest"
	"github.com/stretchr/testify/require"
)

// say is a server that says one thing.
func say(m policy.Message) func(openaitest.Request) policy.Message {
	return func(openaitest.Request) policy.Message { return m }
}

func user(text string) []policy.Message {
	return []policy.Message{{Role: policy.User, Content: text}}
}

func TestProbe(t *testing.T) {
	server := openaitest.New(openaitest.Options{Answer: say(policy.Message{Content: "ok", Reasoning: "easy"})})
	defer server.Close()
	s, err := openai.Probe(t.Context(), openai.Options{Endpoint: server.URL})
	require.NoError(t, err)
	for _, l := range s.Lines() {
		t.Log(l)
	}
	c, err := openai.New(openai.Options{Endpoint: server.URL}, s)
	require.NoError(t, err)
	a, err := c.Complete(t.Context(), policy.Request{Messages: user("hi"), Session: "s"})
	require.NoError(t, err)
	t.Logf("%+v", a)
}

package openai_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai"
	"github.com/selfplay-swe/ssr/policy/openai/openaitest"
)

// obedient is a model that does what a probe asks.
func obedient(r openaitest.Request) policy.Message {
	m := policy.Message{Content: "ok", Reasoning: "easy"}
	if len(r.Tools) > 0 {
		m.Calls = []policy.Call{{Name: r.Tools[0].Name, Arguments: `{"folder":"/tmp"}`}}
	}
	return m
}

func TestProbe(t *testing.T) {
	wants := map[openaitest.Kind]openai.Server{
		openaitest.VLLM: {Driver: "vllm", Version: "0.14.0", PromptIDs: true, IDs: true, Logprobs: true, Mode: "processed_logprobs",
			Trainable: "yes", Stream: true, Weights: "1", WeightsAt: "weight_info", Context: 1_000_000},
		openaitest.SGLang: {Driver: "sglang", Version: "0.5.12", PromptIDs: true, IDs: true, Logprobs: true,
			Trainable: "yes", Weights: "1", Context: 1_000_000},
		openaitest.LlamaCPP: {Driver: "llamacpp", Version: "b7001-0a1b2c3d", IDs: true, Logprobs: true,
			Trainable: "policy.no_token_ids: the server gave no ids of the prompt", Stream: true, Context: 1_000_000},
		openaitest.OpenAI: {Driver: "openai",
			Trainable: "policy.no_token_ids: the server gave no ids of the prompt", Stream: true},
	}
	for kind, want := range wants {
		server := openaitest.New(openaitest.Options{Kind: kind, Answer: obedient})
		defer server.Close()
		want.Address, want.Models, want.Healthy = server.URL+"/v1", []string{"toy"}, true
		want.Tools, want.Called, want.Reasoning = true, true, true
		s, err := openai.Probe(t.Context(), openai.Options{Endpoint: server.URL})
		require.NoError(t, err)
		require.Equal(t, &want, s)
	}
}

func TestLines(t *testing.T) {
	server := openaitest.New(openaitest.Options{Answer: obedient})
	defer server.Close()
	s, err := openai.Probe(t.Context(), openai.Options{Endpoint: server.URL})
	require.NoError(t, err)
	require.Equal(t, []string{
		server.URL + "/v1: driver vllm, version 0.14.0",
		"models: toy",
		"context: 1000000 tokens",
		"ids of the prompt: seen",
		"ids of the answer: seen",
		"log-probabilities: seen, mode processed_logprobs",
		"tools: taken, and called; calls are native",
		"reasoning: seen",
		"streams: seen",
		"version of the weights: 1, told by /weight_info",
		"answers can be trained on: yes",
	}, s.Lines())
}

func TestProbeOfGenerate(t *testing.T) {
	server := openaitest.New(openaitest.Options{Kind: openaitest.SGLang})
	defer server.Close()
	s, err := openai.Probe(t.Context(), openai.Options{Endpoint: server.URL, Driver: "sglang-generate"})
	require.NoError(t, err)
	require.Equal(t, "yes", s.Trainable)
	require.False(t, s.Tools)
}

// What is not seen is not assumed: here a vLLM of 2025, without /weight_info, whose
// model neither thinks nor calls.
func TestProbeFailsClosed(t *testing.T) {
	server := openaitest.New(openaitest.Options{Old: true, NoWeights: true})
	defer server.Close()
	s, err := openai.Probe(t.Context(), openai.Options{Endpoint: server.URL})
	require.NoError(t, err)
	require.Equal(t, "vllm", s.Driver)
	require.True(t, s.IDs, "as tokens that read token_id:123")
	require.Contains(t, s.Trainable, "no ids of the prompt")
	require.False(t, s.PromptIDs || s.Called || s.Reasoning)
	require.Empty(t, s.Mode+s.Weights+s.WeightsAt)
}

// vLLM refuses tools if it was started without a parser for their calls.
func TestProbeOfAServerWithoutTools(t *testing.T) {
	good := openaitest.NewHandler(openaitest.Options{})
	calls := 0
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if calls++; calls == 2 {
				http.Error(w, `{"error":{"message":"\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set","code":400}}`, 400)
				return
			}
		}
		good.ServeHTTP(w, r)
	})
	s, err := openai.Probe(t.Context(), openai.Options{Endpoint: server.URL})
	require.NoError(t, err)
	require.False(t, s.Tools)
	require.Contains(t, s.Lines(), `tools: not taken, so calls are read from the text of answers: `+server.URL+
		`/v1 refuses with 400: "auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set`)
	require.True(t, s.Stream)
}

// How calls are made must not hang on chance: a model that answers in words, and a
// server that hiccups, are asked again.
func TestProbeAsksForACallAgain(t *testing.T) {
	for _, c := range []struct {
		name          string
		failing       int // questions with a tool that come to nothing
		fault         openaitest.Fault
		tools, called bool
		line          string
	}{
		{"words at first", 2, 0, true, true, "tools: taken, and called; calls are native"},
		{"nothing but words", 3, 0, true, false, "tools: taken, and not called, asked up to 3 times; calls are native nevertheless"},
		{"an error at first", 4, openaitest.Crash, true, true, "tools: taken, and called; calls are native"},
		{"nothing but errors", 6, openaitest.Crash, false, false, "tools: not taken, so calls are read from the text of answers: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := 0
			failing := func(r openaitest.Request) bool { return len(r.Tools) > 0 && asked <= c.failing }
			server := openaitest.New(openaitest.Options{
				Fault: func(r openaitest.Request) openaitest.Fault {
					if asked += min(1, len(r.Tools)); failing(r) {
						return c.fault
					}
					return 0
				},
				Answer: func(r openaitest.Request) policy.Message {
					if failing(r) {
						return policy.Message{Content: "There is nothing in it."}
					}
					return obedient(r)
				},
			})
			defer server.Close()
			s, err := openai.Probe(t.Context(), openai.Options{Endpoint: server.URL, Pause: time.Millisecond})
			require.NoError(t, err)
			require.Equal(t, []bool{c.tools, c.called}, []bool{s.Tools, s.Called})
			require.Contains(t, strings.Join(s.Lines(), "\n"), c.line)
		})
	}
}

// A probe that is left while it asks for a call does not say that there are none.
func TestProbeIsLeftAtTheTools(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	tired := errors.New("the user is tired of it")
	server := openaitest.New(openaitest.Options{Fault: func(r openaitest.Request) openaitest.Fault {
		if len(r.Tools) > 0 {
			cancel(tired)
			return openaitest.Hang
		}
		return 0
	}})
	defer server.Close()
	_, err := openai.Probe(ctx, openai.Options{Endpoint: server.URL})
	require.ErrorIs(t, err, tired)
}

// A server whose parser takes all that is said for reasoning leaves nothing to read
// calls from; one whose model thinks and then answers, or is cut off while it thinks,
// does not.
func TestProbeOfAServerThatTakesAllForReasoning(t *testing.T) {
	for _, c := range []struct {
		said policy.Message
		want int
	}{
		{policy.Message{Reasoning: "ok"}, 1},
		{policy.Message{Reasoning: "easy", Content: "ok"}, 0},
		{policy.Message{Reasoning: strings.Repeat("let me see ", 99)}, 0},
	} {
		server := openaitest.New(openaitest.Options{Answer: func(openaitest.Request) policy.Message { return c.said }})
		defer server.Close()
		s, err := openai.Probe(t.Context(), openai.Options{Endpoint: server.URL})
		require.NoError(t, err)
		require.Len(t, s.Notes, c.want, c.said)
	}
}

func TestProbeOfNothing(t *testing.T) {
	_, err := openai.Probe(t.Context(), openai.Options{Endpoint: "http://127.0.0.1:1"})
	require.ErrorAs(t, err, new(*policy.UnavailableError))

	server := openaitest.New(openaitest.Options{Key: "sk-right"})
	defer server.Close()
	_, err = openai.Probe(t.Context(), openai.Options{Endpoint: server.URL})
	require.ErrorContains(t, err, "no key was sent: set OPENAI_API_KEY")

	_, err = openai.Probe(t.Context(), openai.Options{Endpoint: serve(t, http.NotFound).URL, Model: "m"})
	require.ErrorContains(t, err, "the endpoint is perhaps not one of OpenAI's kind")
}

func TestProbeIsLeft(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	tired := errors.New("the user is tired of it")
	hangs := serve(t, func(_ http.ResponseWriter, r *http.Request) { cancel(tired); <-r.Context().Done() })
	_, err := openai.Probe(ctx, openai.Options{Endpoint: hangs.URL, Model: "m"})
	require.ErrorIs(t, err, tired)
}

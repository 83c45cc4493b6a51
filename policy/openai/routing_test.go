package openai_test

import (
	"encoding/json"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai"
	"github.com/selfplay-swe/ssr/policy/openai/openaitest"
)

func TestHeaders(t *testing.T) {
	for _, p := range pairings {
		var seen []http.Header
		keep := func(r *http.Request) {
			if r.Method == http.MethodPost {
				seen = append(seen, r.Header)
			}
		}
		_, client := p.start(t, openaitest.Options{Seen: keep, Fault: first(1, openaitest.Crash)}, openai.Options{})
		_, err := client.Complete(t.Context(), ask("hi"))
		require.NoError(t, err)
		first, last := seen[0], seen[len(seen)-1]
		if p.driver == "sglang-generate" {
			first = seen[1]
		}
		require.Equal(t, "a", last.Get("X-Session-ID"))
		require.Equal(t, "a", last.Get("X-SMG-Routing-Key"))
		require.NotEmpty(t, last.Get("X-Request-Id"))
		require.NotEqual(t, first.Get("X-Request-Id"), last.Get("X-Request-Id"), "each try has its own")
	}
}

// What a model's generation_config.json recommends is turned off where answers
// are trained on, and not spoken of to servers that do not know it.
func TestNothingRecommendedIsSampledWith(t *testing.T) {
	for _, p := range pairings {
		var sent map[string]any
		answer := func(r openaitest.Request) policy.Message {
			assert.NoError(t, json.Unmarshal(r.Body, &sent))
			return policy.Message{Content: "hi"}
		}
		_, client := p.start(t, openaitest.Options{Answer: answer}, openai.Options{})
		_, err := client.Complete(t.Context(), ask("hi"))
		require.NoError(t, err)
		if p.driver != "vllm" && p.driver != "sglang" {
			require.NotContains(t, sent, "top_k", p)
			continue
		}
		require.Equal(t, []any{-1.0, 0.0, 1.0, 0.0, 0.0}, []any{sent["top_k"], sent["min_p"],
			sent["repetition_penalty"], sent["presence_penalty"], sent["frequency_penalty"]}, p)
	}
}

// A session may have any name; no name makes headers of its own.
func TestSessionIsNoHeader(t *testing.T) {
	var session string
	_, client := pairings[0].start(t, openaitest.Options{Seen: func(r *http.Request) { session = r.Header.Get("X-Session-ID") }}, openai.Options{})
	request := ask("hi")
	request.Session = "a\r\nX-Forged: yes"
	_, err := client.Complete(t.Context(), request)
	require.NoError(t, err)
	require.Len(t, session, 64)
}

func TestVersionsOfTheWeights(t *testing.T) {
	for _, p := range pairings[:4] {
		t.Run(p.String(), func(t *testing.T) {
			var now atomic.Int64
			weights := func() string { return string(rune('a' + now.Add(1)/2)) } // new ones after every second question
			server := openaitest.New(openaitest.Options{Kind: p.kind, Weights: weights, NoWeights: p.kind == openaitest.SGLang})
			defer server.Close()
			s := &openai.Server{Context: 1000, Driver: p.driver}
			if p.kind == openaitest.VLLM {
				s.WeightsAt = "weight_info"
			}
			client, err := openai.New(openai.Options{Endpoint: server.URL, Model: "toy", Stream: p.stream}, s)
			require.NoError(t, err)
			a, err := client.Complete(t.Context(), ask("hi"))
			require.NoError(t, err)
			if p.kind == openaitest.SGLang {
				require.Equal(t, []string{"a"}, a.Versions, "as it says itself")
				return
			}
			require.Equal(t, []string{"a", "b"}, a.Versions, "as it says before and after")
		})
	}
}

func TestVersionsThatATrainerTells(t *testing.T) {
	var body []byte
	answer := func(r openaitest.Request) policy.Message { body = r.Body; return policy.Message{Content: "ok"} }
	for _, p := range pairings {
		_, client := p.start(t, openaitest.Options{Answer: answer}, openai.Options{Weights: func() string { return "7" }})
		a, err := client.Complete(t.Context(), ask("hi"))
		require.NoError(t, err)
		require.Equal(t, []string{"7"}, a.Versions)
		var sent struct {
			Salt string `json:"cache_salt"`
		}
		require.NoError(t, json.Unmarshal(body, &sent))
		if p.driver == "vllm" || p.driver == "sglang" {
			require.Equal(t, "v7", sent.Salt, "what older weights cached is kept apart")
		}
	}
}

func TestConcurrencyHasALimit(t *testing.T) {
	var now, most atomic.Int64
	answer := func(openaitest.Request) policy.Message {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(5 * time.Millisecond)
		return policy.Message{Content: "ok"}
	}
	_, client := pairings[0].start(t, openaitest.Options{Answer: answer}, openai.Options{Concurrency: 4})
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			_, err := client.Complete(t.Context(), ask("hi"))
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	require.LessOrEqual(t, most.Load(), int64(4))
	require.Greater(t, most.Load(), int64(1))
}

func TestSamplingIsSent(t *testing.T) {
	for _, p := range pairings {
		var body []byte
		answer := func(r openaitest.Request) policy.Message {
			body = r.Body
			return policy.Message{Content: "a long answer"}
		}
		_, client := p.start(t, openaitest.Options{Answer: answer}, openai.Options{})
		request := ask("hi")
		request.Sampling = policy.Sampling{Temperature: new(0.0), TopP: new(0.5), MaxTokens: 3, Seed: new(int64(9)), Stop: []string{"x"}}
		a, err := client.Complete(t.Context(), request)
		require.NoError(t, err)
		require.Equal(t, policy.Length, a.Finish)
		require.Equal(t, request.Sampling, a.Sampling)
		var sent map[string]any
		require.NoError(t, json.Unmarshal(body, &sent))
		names := []string{"temperature", "top_p", "max_tokens", "seed", "stop"}
		if p.driver == "sglang-generate" {
			sent = sent["sampling_params"].(map[string]any)
			names = []string{"temperature", "top_p", "max_new_tokens", "sampling_seed", "stop"}
		}
		for i, want := range []any{0.0, 0.5, 3.0, 9.0, []any{"x"}} {
			require.Equal(t, want, sent[names[i]], "%s: %s", p, names[i])
		}
	}
}

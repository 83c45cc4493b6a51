package openai_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai"
	"github.com/selfplay-swe/ssr/policy/openai/openaitest"
)

// A pairing is a driver and the server it is for.
type pairing struct {
	driver string
	kind   openaitest.Kind
	stream bool
}

var pairings = []pairing{
	{"vllm", openaitest.VLLM, false},
	{"vllm", openaitest.VLLM, true},
	{"sglang", openaitest.SGLang, false},
	{"sglang-generate", openaitest.SGLang, false},
	{"llamacpp", openaitest.LlamaCPP, false},
	{"llamacpp", openaitest.LlamaCPP, true},
	{"openai", openaitest.OpenAI, false},
	{"openai", openaitest.OpenAI, true},
}

func (p pairing) String() string { return fmt.Sprintf("%s stream=%v", p.driver, p.stream) }

// trains says whether the pair's answers can be trained on at all.
func (p pairing) trains() bool { return p.kind == openaitest.VLLM || p.kind == openaitest.SGLang }

// start returns a server, and a client of it that does not wait long.
func (p pairing) start(t *testing.T, s openaitest.Options, o openai.Options) (*httptest.Server, *openai.Client) {
	s.Kind = p.kind
	server := openaitest.New(s)
	t.Cleanup(server.Close)
	o.Endpoint, o.Driver, o.Stream = server.URL, p.driver, p.stream
	o.Model, o.Pause = "toy", time.Millisecond
	client, err := openai.New(o, &openai.Server{Context: 1_000_000})
	require.NoError(t, err)
	return server, client
}

func say(text string) func(openaitest.Request) policy.Message {
	return func(openaitest.Request) policy.Message { return policy.Message{Content: text} }
}

func user(text string) policy.Message { return policy.Message{Role: policy.User, Content: text} }

func ask(text string) policy.Request {
	return policy.Request{Messages: []policy.Message{user(text)}, Session: "a", Sampling: policy.Sampling{MaxTokens: 4096}}
}

// What a trainer needs is on the answer, by whichever server.
func TestAnswer(t *testing.T) {
	for _, p := range pairings {
		t.Run(p.String(), func(t *testing.T) {
			_, client := p.start(t, openaitest.Options{Answer: say("fine, thanks ☃\n")}, openai.Options{})
			a, err := client.Complete(t.Context(), ask("how are you?"))
			require.NoError(t, err)
			require.Equal(t, policy.Message{Role: policy.Assistant, Content: "fine, thanks ☃\n"}, a.Message)
			require.Equal(t, policy.Stopped, a.Finish)
			require.Equal(t, "toy", a.Model)
			require.Equal(t, 1, a.Try)
			require.NotEmpty(t, a.RequestID)
			require.Equal(t, 4096, a.Sampling.MaxTokens)
			require.Positive(t, a.Timing.Total)
			require.Equal(t, p.stream, a.Timing.First > 0)
			if !p.trains() {
				require.Contains(t, a.Untrainable, policy.NoTokenIDs)
				return
			}
			require.Empty(t, a.Untrainable)
			require.Equal(t, "<|im_start|>user\nhow are you?<|im_end|>\n<|im_start|>assistant\n", openaitest.Decode(a.Prompt))
			require.Equal(t, "fine, thanks ☃\n<|im_end|>", openaitest.Decode(a.Completion))
			require.Len(t, a.Logprobs, len(a.Completion))
		})
	}
}

// Each prompt begins with the ids of the last one and with what was sampled then.
func TestPromptsContinue(t *testing.T) {
	for _, p := range pairings {
		if !p.trains() {
			continue
		}
		t.Run(p.String(), func(t *testing.T) {
			answer := func(r openaitest.Request) policy.Message {
				m := policy.Message{Content: fmt.Sprint("turn ", r.Number)}
				if !r.Generate {
					m.Reasoning = "let me see"
					m.Calls = []policy.Call{{Name: "bash", Arguments: `{"command": "ls"}`}}
				}
				return m
			}
			_, client := p.start(t, openaitest.Options{Answer: answer}, openai.Options{})
			request := ask("begin")
			sampled := []int32{}
			for turn := range 4 {
				a, err := client.Complete(t.Context(), request)
				require.NoError(t, err)
				require.Empty(t, a.Untrainable)
				require.Equal(t, sampled, a.Prompt[:len(sampled)], "turn %d", turn)
				sampled = append(a.Prompt, a.Completion...)
				request.Last = a
				request.Messages = append(request.Messages, a.Message, user("go on\nwith it"))
			}
		})
	}
}

func TestToolsAndReasoning(t *testing.T) {
	said := policy.Message{
		Role: policy.Assistant, Content: "I look", Reasoning: "where is it?",
		Calls: []policy.Call{{ID: "a", Name: "bash", Arguments: `{"command":"ls -l"}`}, {ID: "b", Name: "submit", Arguments: `{}`}},
	}
	for _, p := range pairings {
		if p.driver == "sglang-generate" {
			continue
		}
		for _, old := range []bool{false, true} {
			t.Run(fmt.Sprint(p, " old=", old), func(t *testing.T) {
				var asked openaitest.Request
				answer := func(r openaitest.Request) policy.Message { asked = r; return said }
				_, client := p.start(t, openaitest.Options{Answer: answer, Old: old}, openai.Options{})
				request := ask("go")
				request.Tools = []policy.Tool{{Name: "bash", Doc: "runs", Parameters: []byte(`{"type":"object"}`)}}
				a, err := client.Complete(t.Context(), request)
				require.NoError(t, err)
				require.Equal(t, said, a.Message, "two calls in one answer are passed on")
				require.Equal(t, policy.Called, a.Finish)
				require.Equal(t, request.Tools, asked.Tools)

				observed := policy.Message{Role: policy.Observed, Content: "a.go", CallID: "a"}
				request.Messages = append(request.Messages, a.Message, observed)
				_, err = client.Complete(t.Context(), request)
				require.NoError(t, err)
				if p.driver == "openai" {
					request.Messages[1].Reasoning = ""
				}
				require.Equal(t, request.Messages, asked.Messages, "all that was said goes back")
			})
		}
	}
}

// vLLM and SGLang refuse a conversation with such arguments in it.
func TestArgumentsThatAreNoObject(t *testing.T) {
	for _, arguments := range []string{`{"command": "ls`, "", `null`, `[1]`} {
		var asked openaitest.Request
		answer := func(r openaitest.Request) policy.Message { asked = r; return policy.Message{Content: "ok"} }
		_, client := pairings[0].start(t, openaitest.Options{Answer: answer}, openai.Options{})
		request := ask("go")
		request.Messages = append(request.Messages, policy.Message{Role: policy.Assistant, Calls: []policy.Call{{ID: "a", Name: "bash", Arguments: arguments}}})
		_, err := client.Complete(t.Context(), request)
		require.NoError(t, err)
		require.JSONEq(t, fmt.Sprintf(`{"malformed": %q}`, arguments), asked.Messages[1].Calls[0].Arguments)
	}
}

func TestToolsForADriverWithoutAny(t *testing.T) {
	_, client := pairings[3].start(t, openaitest.Options{}, openai.Options{})
	request := ask("go")
	request.Tools = []policy.Tool{{Name: "bash"}}
	_, err := client.Complete(t.Context(), request)
	require.EqualError(t, err, "driver sglang-generate takes no tools: offer them as text")
}

func TestIdentityHasNoSecret(t *testing.T) {
	client, err := openai.New(openai.Options{Endpoint: "http://localhost:1", Model: "qwen", Key: openai.NewKey("sk-secret")},
		&openai.Server{Driver: "vllm", Version: "0.14.0"})
	require.NoError(t, err)
	require.Equal(t, "qwen by vllm 0.14.0", client.Identity())
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", client, client, client), "sk-secret")
}

func TestWrongOptions(t *testing.T) {
	for want, o := range map[string]openai.Options{
		`endpoint "" is no http address; one is http://localhost:8000/v1`:                                                           {Model: "m"},
		`endpoint "localhost:8000" is no http address; one is http://localhost:8000/v1`:                                             {Endpoint: "localhost:8000", Model: "m"},
		`endpoint http://host has a user, a query or a fragment; a key belongs into the environment`:                                {Endpoint: "http://me:sk-secret@host/v1", Model: "m"},
		`no driver is called "tgi"; there are vllm, sglang, sglang-generate, llamacpp, openai`:                                      {Endpoint: "http://host/v1", Model: "m", Driver: "tgi"},
		`http://host/v1 lists no models: name one, or mind the address, which is perhaps not one of OpenAI's kind or lacks its /v1`: {Endpoint: "http://host"},
		"concurrency -1, timeout 10m0s, tries 8, pause 500ms, longest answer 33554432: none may be negative, and 0 is the default":  {Endpoint: "http://host", Model: "m", Concurrency: -1},
	} {
		_, err := openai.New(o, nil)
		require.EqualError(t, err, want)
	}
}

// BenchmarkComplete is one call of a long conversation: some 33,000 ids.
func BenchmarkComplete(b *testing.B) {
	server := openaitest.New(openaitest.Options{Answer: say("ok")})
	defer server.Close()
	client, err := openai.New(openai.Options{Endpoint: server.URL, Model: "toy", Driver: "vllm"}, nil)
	require.NoError(b, err)
	request := ask(strings.Repeat("abc", 33_000))
	for b.Loop() {
		_, err := client.Complete(b.Context(), request)
		require.NoError(b, err)
	}
}

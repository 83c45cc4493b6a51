package openai_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai"
	"github.com/selfplay-swe/ssr/policy/openai/openaitest"
)

func TestFinish(t *testing.T) {
	for reason, want := range map[string]policy.Finish{
		`"stop"`: policy.Stopped, `"length"`: policy.Length, `"tool_calls"`: policy.Called, `"function_call"`: policy.Called,
		`"content_filter"`: policy.Filtered, `"repetition"`: policy.Stopped, `null`: policy.Stopped, `{"type":"stop"}`: policy.Stopped,
	} {
		client := clientOf(t, openai.Options{}, func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"choices":[{"message":{"content":"ok"},"finish_reason":`+reason+`}]}`)
		})
		a, err := client.Complete(t.Context(), ask("hi"))
		require.NoError(t, err)
		require.Equal(t, want, a.Finish, reason)
		known := want != policy.Stopped || reason == `"stop"`
		require.Equal(t, !known, strings.Contains(a.Untrainable, "for a reason that is not known"), reason)
	}
}

// The version of the weights is read wherever it stands, and told once: two would
// say that the weights changed.
func TestVersionsWhereverTheyAre(t *testing.T) {
	for told, want := range map[string][]string{
		`"meta_info":{"weight_version":"a"}}]`:                                                         {"a"},
		`"meta_info":{"weight_version":"a"}}],"metadata":{"weight_version":"a"}`:                       {"a"},
		`"index":0}],"metadata":{"weight_versions":[{"version":"a"},{"version":"b"},{"version":"a"}]}`: {"a", "b", "a"},
		`"index":0}]`: nil,
	} {
		client := clientOf(t, openai.Options{Driver: "sglang"}, func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"choices":[{"message":{"content":"ok"},"finish_reason":"stop",`+told+`}`)
		})
		a, err := client.Complete(t.Context(), ask("hi"))
		require.NoError(t, err)
		require.Equal(t, want, a.Versions, told)
	}
}

// Fields of the wrong type cost what they would have told, and no more.
func TestFieldsOfTheWrongType(t *testing.T) {
	for _, body := range []string{
		`{"id":7,"model":null,"prompt_token_ids":"no","choices":[{"message":{"content":"ok","reasoning":null},"token_ids":[1.5],"finish_reason":"stop"}]}`,
		`{"prompt_token_ids":[99999999999],"choices":[{"message":{"content":"ok"},"logprobs":{"content":[{"token":5,"logprob":"-1"}]},"matched_stop":"x","finish_reason":"stop"}]}`,
		`{"choices":[{"message":{"content":"ok","tool_calls":null},"logprobs":null,"meta_info":null,"finish_reason":"stop"}],"usage":null,"metadata":null}`,
	} {
		client := clientOf(t, openai.Options{Tries: 1}, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
		a, err := client.Complete(t.Context(), ask("hi"))
		require.NoError(t, err)
		require.Equal(t, "ok", a.Message.Content)
		require.Equal(t, "toy", a.Model)
		require.Contains(t, a.Untrainable, policy.NoTokenIDs)
	}
}

// llama.cpp has sent arguments as an object.
func TestArgumentsThatAreNoText(t *testing.T) {
	client := clientOf(t, openai.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"bash","arguments":{"command": "ls"}}}]},"finish_reason":"stop"}]}`)
	})
	a, err := client.Complete(t.Context(), ask("hi"))
	require.NoError(t, err)
	require.Equal(t, []policy.Call{{ID: "a", Name: "bash", Arguments: `{"command": "ls"}`}}, a.Message.Calls)
	require.Equal(t, policy.Called, a.Finish, "whatever the server calls it")
}

// generates is a client of an SGLang whose /generate answers this.
func generates(t *testing.T, answer string) *openai.Client {
	good := openaitest.NewHandler(openaitest.Options{Kind: openaitest.SGLang})
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/generate" {
			good.ServeHTTP(w, r)
			return
		}
		io.WriteString(w, answer)
	})
	client, err := openai.New(openai.Options{Endpoint: server.URL, Model: "toy", Driver: "sglang-generate"}, nil)
	require.NoError(t, err)
	return client
}

func TestOutputIDsThatDisagree(t *testing.T) {
	client := generates(t, `{"text":"ok","output_ids":[5,2],"meta_info":{"finish_reason":{"type":"stop","matched":2},"completion_tokens":2,
		"output_token_logprobs":[[-1,6,null],[-1,2,null]],"weight_versions":[{"version":"a","start":0,"end":1},{"version":"b","start":1,"end":2}]}}`)
	a, err := client.Complete(t.Context(), ask("hi"))
	require.NoError(t, err)
	require.Equal(t, "policy.mismatch: output_ids are not the ids of the log-probabilities", a.Untrainable)
	require.Equal(t, []string{"a", "b"}, a.Versions)
}

func TestOutputIDsThatAreNone(t *testing.T) {
	for _, pair := range []string{`[-1,null,null]`, `[-1,1.5]`, `[-1,-7]`, `[-1,3000000000]`, `[-1]`, `[]`} {
		client := generates(t, `{"text":"ok","meta_info":{"finish_reason":{"type":"length"},"output_token_logprobs":[[-1,6,null],`+pair+`]}}`)
		a, err := client.Complete(t.Context(), ask("hi"))
		require.NoError(t, err)
		require.Equal(t, policy.Length, a.Finish)
		require.Contains(t, a.Untrainable, policy.NoTokenIDs, pair)
	}
}

// round is a transport of its own.
type round func(*http.Request) (*http.Response, error)

func (r round) RoundTrip(q *http.Request) (*http.Response, error) { return r(q) }

// OpenAI's newer models refuse max_tokens, and many others know nothing else.
func TestMaxTokensOfOpenAI(t *testing.T) {
	var sent string
	transport := round(func(q *http.Request) (*http.Response, error) {
		body, _ := io.ReadAll(q.Body)
		sent = string(body)
		answer := `{"choices":[{"message":{"content":"ok"},"finish_reason":"stop"}]}`
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer)), Request: q}, nil
	})
	for endpoint, want := range map[string]string{
		"https://api.openai.com/v1": `"max_completion_tokens":4096`,
		"https://api.openai.com":    `"max_completion_tokens":4096`,
		"https://model-server/v1":   `"max_tokens":4096`,
	} {
		client, err := openai.New(openai.Options{Endpoint: endpoint, Model: "m", Transport: transport}, nil)
		require.NoError(t, err)
		_, err = client.Complete(t.Context(), ask("hi"))
		require.NoError(t, err)
		require.Contains(t, sent, want)
		require.NotContains(t, sent, "reasoning_content")
	}
}

// Whoever waits for a place leaves at once as well.
func TestCancelInTheQueue(t *testing.T) {
	gone := errors.New("the player has left")
	ctx, cancel := context.WithCancelCause(t.Context())
	asked := make(chan bool)
	client := clientOf(t, openai.Options{Concurrency: 1}, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // only then does a server notice that its client leaves
		asked <- true
		<-r.Context().Done()
	})
	holding, release := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := client.Complete(holding, ask("first"))
		first <- err
	}()
	<-asked
	second := make(chan error)
	go func() {
		_, err := client.Complete(ctx, ask("second"))
		second <- err
	}()
	cancel(gone)
	require.ErrorIs(t, <-second, gone)
	require.Empty(t, first, "the other goes on")
	release()
	require.ErrorIs(t, <-first, context.Canceled)
}

// streamed is a server that sends these chunks, and ends as if all were well.
func streamed(t *testing.T, chunks ...string) *openai.Client {
	return clientOf(t, openai.Options{Stream: true, Tries: 1}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, chunk := range chunks {
			io.WriteString(w, "data: "+chunk+"\n\n")
		}
	})
}

// Some servers name a call by its index alone.
func TestStreamedCallsWithoutIDs(t *testing.T) {
	client := streamed(t,
		`{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"bash","arguments":"{\"a\""}}]}}]}`,
		`{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]}`,
		`{"choices":[{"delta":{"tool_calls":[{"index":1,"function":{"name":"submit","arguments":"{}"}}]}}]}`,
		`{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}`, `[DONE]`)
	a, err := client.Complete(t.Context(), ask("hi"))
	require.NoError(t, err)
	require.Equal(t, []policy.Call{{Name: "bash", Arguments: `{"a":1}`}, {Name: "submit", Arguments: "{}"}}, a.Message.Calls)
}

func TestStreamThatEndsEarly(t *testing.T) {
	for _, last := range []string{`[DONE]`, `{"choices":[]}`} {
		_, err := streamed(t, `{"choices":[{"delta":{"content":"half of"}}]}`, last).Complete(t.Context(), ask("hi"))
		require.ErrorContains(t, err, "the stream ended before the answer did")
	}
}

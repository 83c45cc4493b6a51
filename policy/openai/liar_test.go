package openai_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy/openai"
)

// tells is a vLLM's answer with what is wrong about it.
func tells(prompt, ids, logprobs, usage string) string {
	return `{"id":"a","model":"toy","prompt_token_ids":` + prompt + `,"usage":` + usage +
		`,"choices":[{"message":{"content":"ok"},"finish_reason":"stop","token_ids":` + ids + `,"logprobs":` + logprobs + `}]}`
}

// Whatever a server says of the tokens, its answer can be played on. What is wrong
// with them is on it.
func TestLies(t *testing.T) {
	const two, count = `{"content":[{"logprob":-1},{"logprob":-2}]}`, `{"prompt_tokens":2,"completion_tokens":2}`
	for body, want := range map[string]string{
		tells(`[1,2]`, `[3,4]`, two, count):                                                          "",
		tells(`[1,-2]`, `[3,4]`, two, count):                                                         "policy.mismatch: id 1 of the prompt is -2",
		tells(`[1,2]`, `[-3,4]`, two, count):                                                         "policy.mismatch: sampled id 0 is -3",
		tells(`[1,2]`, `[3,4294967296]`, two, count):                                                 "policy.no_token_ids: the server gave no ids of the answer",
		tells(`[1,2]`, `[1,2,3,4]`, two, count):                                                      "policy.mismatch: 2 log-probabilities for 4 sampled ids",
		tells(`[1,2]`, `[3,4]`, `{"content":[{"logprob":"-1"},{"logprob":-2}]}`, count):              "policy.mismatch: the log-probability of sampled id 0 is NaN",
		tells(`[1,2]`, `[3,4]`, `"none"`, count):                                                     "policy.no_token_ids: the server gave no log-probabilities",
		tells(`[1,2]`, `[3,4]`, `[-1,-2]`, count):                                                    "policy.no_token_ids: the server gave no log-probabilities",
		tells(`[1,2]`, `[3,4]`, two, `{"prompt_tokens":2.5,"completion_tokens":"2"}`):                "policy.mismatch: 2 sampled ids, and the server counts 0",
		tells(`[1,2]`, `[3,4]`, two, `{"prompt_tokens":1e30,"completion_tokens":2}`):                 "policy.mismatch: 2 ids in the prompt, and the server counts 0",
		tells(`[1,2]`, `[3,4]`, two, `{"prompt_tokens":-9,"completion_tokens":9223372036854775807}`): "policy.mismatch: 2 sampled ids, and the server counts 0",
	} {
		client := clientOf(t, openai.Options{Tries: 1, Driver: "vllm"}, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
		a, err := client.Complete(t.Context(), ask("hi"))
		require.NoError(t, err, body)
		require.Equal(t, "ok", a.Message.Content)
		require.Equal(t, want, a.Untrainable, body)
		require.GreaterOrEqual(t, a.Usage.Prompt+a.Usage.Completion, 0)
	}
}

// Names that a server gives are kept as a short line.
func TestLongNames(t *testing.T) {
	long := strings.Repeat("\\u001b[2J\\n", 1<<16)
	client := clientOf(t, openai.Options{Driver: "vllm"}, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"id":"%[1]s","model":"%[1]s","metadata":{"weight_version":"%[1]s"},"choices":[{"message":{"content":"ok"},"finish_reason":"stop"}]}`, long)
	})
	a, err := client.Complete(t.Context(), ask("hi"))
	require.NoError(t, err)
	for _, name := range append(a.Versions, a.RequestID, a.Model) {
		require.Less(t, len(name), 1000)
		require.NotContains(t, name, "\x1b")
		require.NotEmpty(t, name)
	}
}

// A server that repeats the key, wherever it does, gets it into no record and no
// error.
func TestServerRepeatsTheKeyElsewhere(t *testing.T) {
	const key = "sk-0123456789-secret"
	for _, said := range []string{
		"<html>you sent " + key + "</html>",
		`{"id":"` + key + `","model":"` + key + `","choices":[{"message":{"content":"Authorization: Bearer ` + key + `","tool_calls":[{"id":"` + key + `"}]},"finish_reason":"` + key + `"}]}`,
		`{"error":{"message":"` + strings.Repeat("x", 290) + key + `"}}`,
	} {
		for _, status := range []int{200, 307, 404, 500} {
			for _, stream := range []bool{false, true} {
				client := clientOf(t, openai.Options{Key: openai.NewKey(key), Tries: 1, Stream: stream}, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Location", "http://elsewhere/"+key)
					w.Header().Set("X-Request-Id", key)
					if stream {
						w.Header().Set("Content-Type", "text/event-stream")
						said = "data: " + strings.Replace(said, "message", "delta", 1) + "\n\ndata: [DONE]\n\n"
					}
					w.WriteHeader(status)
					io.WriteString(w, said)
				})
				a, err := client.Complete(t.Context(), ask("hi"))
				require.NotContains(t, fmt.Sprintf("%+v %v", a, err), "sk-01234", "%d %s", status, said)
			}
		}
	}
}

// Nor where no search of the bytes finds it: escaped, or in two parts of a stream.
func TestServerHidesTheKey(t *testing.T) {
	const key = "sk-0123456789-secret"
	const first, second = `\u0073k-01234`, `56789-secret`
	for kind, body := range map[string]string{
		"application/json": `{"id":"` + first + second + `","model":"` + first + second + `","choices":[{"message":{"content":"` + first + second + `","reasoning":"` + first + second +
			`","tool_calls":[{"id":"` + first + second + `","function":{"name":"` + first + second + `","arguments":"` + first + second + `"}}]},"finish_reason":"` + first + second + `"}],"metadata":{"weight_version":"` + first + second + `"}}`,
		"text/event-stream": `data: {"choices":[{"delta":{"content":"` + first + `","reasoning":"` + first + `","tool_calls":[{"index":0,"id":"a","function":{"name":"bash","arguments":"` + first + `"}}]}}]}` + "\n\n" +
			`data: {"choices":[{"delta":{"content":"` + second + `","reasoning":"` + second + `","tool_calls":[{"index":0,"function":{"arguments":"` + second + `"}}]},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n",
	} {
		client := clientOf(t, openai.Options{Key: openai.NewKey(key), Tries: 1, Stream: kind != "application/json"}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			io.WriteString(w, body)
		})
		a, err := client.Complete(t.Context(), ask("hi"))
		require.NoError(t, err)
		require.Equal(t, "[key]", a.Message.Content)
		require.Len(t, a.Message.Calls, 1)
		require.NotContains(t, fmt.Sprintf("%+v", a), "56789-secret", kind)
	}
}

// Whoever names no model, at an address that lists none, is told what may be wrong.
func TestNoModelIsListed(t *testing.T) {
	_, err := openai.New(openai.Options{Endpoint: "http://host/v2"}, &openai.Server{})
	require.EqualError(t, err, "http://host/v2 lists no models: name one, or mind the address, which is perhaps not one of OpenAI's kind or lacks its /v1")
	_, err = openai.New(openai.Options{Endpoint: "http://host"}, &openai.Server{Models: strings.Split("abcdefghijklmnopqrstuvwxyz", "")})
	require.ErrorContains(t, err, "s, t, and 6 more")
}

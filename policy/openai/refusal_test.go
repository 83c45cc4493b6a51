package openai_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai"
	"github.com/selfplay-swe/ssr/policy/openai/openaitest"
)

func TestWrongKey(t *testing.T) {
	for _, p := range pairings {
		for given, want := range map[string]string{
			"":         "no key was sent: set MODEL_KEY",
			"sk-wrong": "set MODEL_KEY to a key that it accepts",
		} {
			calls := 0
			server, client := p.start(t, openaitest.Options{Key: "sk-right", Seen: func(*http.Request) { calls++ }},
				openai.Options{Key: openai.NewKey(given), KeyFrom: "MODEL_KEY"})
			_, err := client.Complete(t.Context(), ask("hi"))
			var refused *policy.RefusedError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, want, refused.Remedy)
			require.Equal(t, http.StatusUnauthorized, refused.Status)
			require.Equal(t, server.URL+"/v1", refused.Address)
			require.Equal(t, 1, calls, "it is not tried again")
		}
		_, client := p.start(t, openaitest.Options{Key: "sk-right"}, openai.Options{Key: openai.NewKey("sk-right")})
		_, err := client.Complete(t.Context(), ask("hi"))
		require.NoError(t, err)
	}
}

// The environment's key is for OpenAI, and not for whoever is asked.
func TestKeyOfTheEnvironmentIsNotSent(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "sk-secret")
	t.Setenv("OPENAI_BASE_URL", "http://192.0.2.1/v1")
	var seen http.Header
	_, client := pairings[0].start(t, openaitest.Options{Seen: func(r *http.Request) { seen = r.Header }}, openai.Options{})
	_, err := client.Complete(t.Context(), ask("hi"))
	require.NoError(t, err)
	require.Empty(t, seen.Get("Authorization"))
}

func TestKeyIsNowhere(t *testing.T) {
	key := openai.NewKey("sk-91f3")
	options := openai.Options{Key: key}
	held := struct{ options openai.Options }{options}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("asked", "key", key, "options", fmt.Sprint(options))
	stored, err := json.Marshal(map[string]any{"key": key})
	require.NoError(t, err)
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s %q %x", key, options, held, key, key, key), log.String(), string(stored)} {
		require.NotContains(t, text, "91f3")
		require.NotContains(t, text, fmt.Sprintf("%x", "91f3"))
	}
}

// A server that repeats the key in its error does not get it into ours.
func TestServerRepeatsTheKey(t *testing.T) {
	for _, status := range []int{400, 401, 500} {
		client := clientOf(t, openai.Options{Key: openai.NewKey("sk-secret"), Tries: 1}, func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, `{"error": {"message": "Incorrect API key provided: `+r.Header.Get("Authorization")+`"}}`, status)
		})
		_, err := client.Complete(t.Context(), ask("hi"))
		require.ErrorContains(t, err, "Incorrect API key provided: Bearer [key]")
		require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), "sk-secret")
	}
}

func TestUnknownModel(t *testing.T) {
	server := openaitest.New(openaitest.Options{Model: "qwen3"})
	defer server.Close()
	client, err := openai.New(openai.Options{Endpoint: server.URL + "/v1/", Model: "qwen"}, nil)
	require.NoError(t, err)
	_, err = client.Complete(t.Context(), ask("hi"))
	require.EqualError(t, err, server.URL+"/v1 refuses with 404: The model `qwen` does not exist.; "+
		`model "qwen" was asked for, and it serves qwen3`)
}

func TestNotAnEndpoint(t *testing.T) {
	client := clientOf(t, openai.Options{}, http.NotFound)
	_, err := client.Complete(t.Context(), ask("hi"))
	require.ErrorContains(t, err, "the endpoint is perhaps not one of OpenAI's kind, or lacks its /v1")
}

func TestContextTooSmall(t *testing.T) {
	for _, p := range pairings {
		_, client := p.start(t, openaitest.Options{Context: 64}, openai.Options{})
		_, err := client.Complete(t.Context(), ask(strings.Repeat("long ", 100)))
		var full *policy.ContextError
		require.ErrorAs(t, err, &full, p.String())
		require.Equal(t, 64, full.Limit, p.String())
	}
}

// An answer that may be longer than the context leaves is one that may be as long as
// that; and what is recorded is what was sent.
func TestContextTooSmallForTheAnswerAlone(t *testing.T) {
	for _, p := range pairings {
		server, _ := p.start(t, openaitest.Options{Context: 64}, openai.Options{})
		options := openai.Options{Endpoint: server.URL, Driver: p.driver, Stream: p.stream, Model: "toy"}
		client, err := openai.New(options, &openai.Server{Context: 64})
		require.NoError(t, err)
		request := ask("short")
		request.Sampling.MaxTokens = 63
		a, err := client.Complete(t.Context(), request)
		require.NoError(t, err, p.String())
		require.Equal(t, "ok", a.Message.Content)
		require.Zero(t, a.Sampling.MaxTokens)
	}
}

// What servers have said of it, verbatim.
func TestContextTooSmallInOtherWords(t *testing.T) {
	for body, limit := range map[string]int{
		`{"object":"error","message":"The input (131123 tokens) is longer than the model's context length (131072 tokens).","code":400}`:                       131072,
		`{"error":{"message":"Input length (265330) exceeds model's maximum context length (262144).","code":400}}`:                                            262144,
		`{"error":{"message":"Your input exceeds the context window of this model","code":"context_length_exceeded"}}`:                                         0,
		`{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_ctx":4096}}`: 4096,
	} {
		client := clientOf(t, openai.Options{}, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, body, 400) })
		_, err := client.Complete(t.Context(), ask("hi"))
		var full *policy.ContextError
		require.ErrorAs(t, err, &full, body)
		require.Equal(t, limit, full.Limit, body)
	}
}

// Neither the conversation nor the key goes where nobody said it should.
func TestRedirectIsNotFollowed(t *testing.T) {
	for _, p := range pairings {
		thief := openaitest.New(openaitest.Options{Seen: func(*http.Request) { t.Error("the redirect was followed") }})
		defer thief.Close()
		_, client := p.start(t, openaitest.Options{Fault: first(9, openaitest.Redirect), Elsewhere: thief.URL}, openai.Options{Key: openai.NewKey("sk-secret")})
		_, err := client.Complete(t.Context(), ask("hi"))
		var refused *policy.RefusedError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, 307, refused.Status)
		require.Contains(t, refused.Remedy, thief.URL)
	}
}

func TestRetryAfterIsKept(t *testing.T) {
	for _, after := range []string{"0.2", "1", "date"} {
		began := time.Now()
		client := clientOf(t, openai.Options{Tries: 2, Pause: time.Nanosecond}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", after)
			if after == "date" { // by a clock of its own
				w.Header().Set("Date", "Sat, 21 Nov 1998 06:00:00 GMT")
				w.Header().Set("Retry-After", "Sat, 21 Nov 1998 06:00:01 GMT")
			}
			w.WriteHeader(http.StatusTooManyRequests)
		})
		_, err := client.Complete(t.Context(), ask("hi"))
		require.ErrorAs(t, err, new(*policy.UnavailableError))
		require.GreaterOrEqual(t, time.Since(began), 200*time.Millisecond)
	}
}

func TestRetryAfterTomorrow(t *testing.T) {
	client := clientOf(t, openai.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "86400")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	_, err := client.Complete(t.Context(), ask("hi"))
	var down *policy.UnavailableError
	require.ErrorAs(t, err, &down, "nobody waits a day")
	require.Equal(t, 1, down.Tries)
	require.NotContains(t, err.Error(), "tries")
}

// OpenAI says with the status of a moment's overload that somebody has not paid.
func TestNoMoney(t *testing.T) {
	calls := 0
	client := clientOf(t, openai.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		calls++
		http.Error(w, `{"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}`, http.StatusTooManyRequests)
	})
	_, err := client.Complete(t.Context(), ask("hi"))
	require.ErrorAs(t, err, new(*policy.RefusedError))
	require.ErrorContains(t, err, "You exceeded your current quota")
	require.Equal(t, 1, calls)
}

// A parameter that a server does not take is not sent eight times.
func TestOtherRefusals(t *testing.T) {
	for body, want := range map[string]string{
		`{"detail": [{"loc": ["body", "tools"], "msg": "field required"}]}`: "field required",
		`{"error": "temperature must be at least 0"}`:                       "temperature must be at least 0",
		`{"message": "top_p must be in (0, 1]", "code": 400}`:               "top_p must be in (0, 1]",
		`not found on this server` + strings.Repeat("!", 9999):              "not found on this server!!!",
	} {
		client := clientOf(t, openai.Options{}, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, body, http.StatusUnprocessableEntity) })
		_, err := client.Complete(t.Context(), ask("hi"))
		var refused *policy.RefusedError
		require.ErrorAs(t, err, &refused)
		require.Contains(t, refused.Message, want)
		require.Less(t, len(refused.Message), 320)
	}
}

func TestNobodyThere(t *testing.T) {
	client, err := openai.New(openai.Options{Endpoint: "http://127.0.0.1:1/v1", Model: "m", Tries: 3, Pause: time.Millisecond}, nil)
	require.NoError(t, err)
	_, err = client.Complete(t.Context(), ask("hi"))
	require.ErrorContains(t, err, "http://127.0.0.1:1/v1 does not answer after 3 tries: ")
	require.ErrorContains(t, errors.Unwrap(err), "connection refused")
}

// Package recorded_test plays conversations against recordings of real servers,
// which lie in policy/openai/testdata/cassettes. To make one, start a server and
//
//	SSR_RECORD=http://localhost:8080/v1 SSR_RECORD_AS=llamacpp-b7001 go test ./policy/openai/recorded -run TestRecord
//
// with SSR_RECORD_KEY, SSR_RECORD_MODEL and SSR_RECORD_DRIVER where they are
// needed. The client believes the server to be http://model-server, so that no
// real address is in a recording; keys and cookies are taken out.
package recorded_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/dnaeon/go-vcr.v4/pkg/recorder"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai"
	"github.com/selfplay-swe/ssr/policy/openai/openaitest"
)

const cassettes = "../testdata/cassettes"

// A session is what was seen of a server: it stands beside the recording.
type session struct {
	Model    string           `json:"model"`
	Driver   string           `json:"driver,omitempty"` // that was asked for
	Server   *openai.Server   `json:"server"`
	Answers  []*policy.Answer `json:"answers"`
	Streamed *policy.Answer   `json:"streamed,omitempty"`
}

func TestRecord(t *testing.T) {
	endpoint, name := os.Getenv("SSR_RECORD"), os.Getenv("SSR_RECORD_AS")
	if endpoint == "" || name == "" {
		t.Skip("no recording is asked for: SSR_RECORD and SSR_RECORD_AS are not set")
	}
	s := session{Model: os.Getenv("SSR_RECORD_MODEL"), Driver: os.Getenv("SSR_RECORD_DRIVER")}
	record(t, filepath.Join(cassettes, name), endpoint, os.Getenv("SSR_RECORD_KEY"), s)
}

func TestReplay(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(cassettes, "*.yaml"))
	require.NoError(t, err)
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) { replay(t, strings.TrimSuffix(name, ".yaml")) })
	}
}

// What is recorded of a toy has no secret in it, and replays as it was.
func TestRecorder(t *testing.T) {
	for driver, kind := range map[string]openaitest.Kind{"": openaitest.VLLM, "sglang-generate": openaitest.SGLang} {
		answer := func(r openaitest.Request) policy.Message {
			if r.Streamed { // where a key could be in two parts, which a scrubber does not see
				return policy.Message{Content: "blue"}
			}
			return policy.Message{Content: "you sent " + r.Header.Get("Authorization")}
		}
		server := openaitest.New(openaitest.Options{Kind: kind, Key: "sk-91f3", Answer: answer})
		defer server.Close()
		name := filepath.Join(t.TempDir(), "toy")
		record(t, name, server.URL, "sk-91f3", session{Driver: driver})
		for _, file := range []string{name + ".yaml", name + ".json"} {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			require.True(t, strings.Contains(string(text), "you sent Bearer [key]"))
			require.False(t, strings.Contains(string(text), "91f3"), "the key is in %s", file)
			require.False(t, strings.Contains(string(text), server.URL), "the address is in %s", file)
		}
		replay(t, name)
	}
}

func record(t *testing.T, name, endpoint, key string, s session) {
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	real, err := url.Parse(endpoint)
	require.NoError(t, err)
	tape, err := recorder.New(name, recorder.WithMode(recorder.ModeRecordOnly), recorder.WithRealTransport(elsewhere{real}),
		recorder.WithHook(scrub(key, real.Host), recorder.AfterCaptureHook))
	require.NoError(t, err)
	talk(t, tape, key, &s)
	require.NoError(t, tape.Stop())
	text, err := json.MarshalIndent(s, "", "\t")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name+".json", append(text, '\n'), 0o644))
}

func replay(t *testing.T, name string) {
	text, err := os.ReadFile(name + ".json")
	require.NoError(t, err)
	var was session
	require.NoError(t, json.Unmarshal(text, &was))
	tape, err := recorder.New(name, recorder.WithMode(recorder.ModeReplayOnly), recorder.WithSkipRequestLatency(true), recorder.WithMatcher(matches))
	require.NoError(t, err)
	is := session{Model: was.Model, Driver: was.Driver}
	talk(t, tape, "", &is)
	again, err := json.MarshalIndent(is, "", "\t")
	require.NoError(t, err)
	require.Equal(t, string(text), string(again)+"\n")
}

// talk probes a server, holds a conversation of three turns, and streams one.
func talk(t *testing.T, transport http.RoundTripper, key string, s *session) {
	o := openai.Options{Endpoint: "http://model-server", Model: s.Model, Driver: s.Driver, Key: openai.NewKey(key), Transport: transport, Timeout: 5 * time.Minute, Tries: 1}
	server, err := openai.Probe(t.Context(), o)
	require.NoError(t, err)
	s.Server = server
	client, err := openai.New(o, server)
	require.NoError(t, err)
	request := policy.Request{
		Session:  "recorded",
		Messages: []policy.Message{{Role: policy.System, Content: "You are brief."}, {Role: policy.User, Content: "Name a colour."}},
		Sampling: policy.Sampling{Temperature: new(1.0), MaxTokens: 24, Seed: new(int64(7))},
	}
	for range 3 {
		a := complete(t.Context(), t, client, request)
		s.Answers = append(s.Answers, a)
		request.Last = a
		request.Messages = append(request.Messages, a.Message, policy.Message{Role: policy.User, Content: "Another one,\nplease."})
	}
	if server.Stream {
		o.Stream = true
		streaming, err := openai.New(o, server)
		require.NoError(t, err)
		s.Streamed = complete(t.Context(), t, streaming, request)
	}
}

func complete(ctx context.Context, t *testing.T, client *openai.Client, r policy.Request) *policy.Answer {
	a, err := client.Complete(ctx, r)
	require.NoError(t, err)
	a.Timing = policy.Timing{}
	return a
}

package openai_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai"
	"github.com/selfplay-swe/ssr/policy/openai/openaitest"
)

// first is a fault of the first n calls.
func first(n int, f openaitest.Fault) func(openaitest.Request) openaitest.Fault {
	return func(r openaitest.Request) openaitest.Fault {
		if r.Number <= n {
			return f
		}
		return 0
	}
}

// What may pass is tried again, and what is broken all the time is the machine's.
func TestFaultsThatPass(t *testing.T) {
	faults := map[string]openaitest.Fault{
		"429": openaitest.Busy, "500": openaitest.Crash, "503 with a page": openaitest.Down,
		"no connection": openaitest.Broken, "hang": openaitest.Hang, "200 with a page": openaitest.HTML,
		"hang in the body": openaitest.HangBody, "cut": openaitest.Cut, "half": openaitest.Half,
		"no choices": openaitest.Empty, "aborted": openaitest.Aborted, "without end": openaitest.Flood,
	}
	for _, p := range pairings {
		for name, fault := range faults {
			if fault == openaitest.Half && p.stream {
				continue // half of a stream may end after a whole chunk
			}
			t.Run(fmt.Sprint(p, " ", name), func(t *testing.T) {
				t.Parallel()
				o := openai.Options{Tries: 2, Timeout: time.Minute, MaxAnswer: 1 << 20}
				if fault == openaitest.Hang || fault == openaitest.HangBody {
					o.Timeout = 500 * time.Millisecond
				}
				_, client := p.start(t, openaitest.Options{Fault: first(1, fault), Answer: say("here I am")}, o)
				a, err := client.Complete(t.Context(), ask("hi"))
				require.NoError(t, err)
				require.Equal(t, "here I am", a.Message.Content)
				require.Equal(t, 2, a.Try)
				require.GreaterOrEqual(t, a.Timing.Waited, time.Millisecond/2, "the pause between the tries, with its jitter")
				require.Equal(t, p.trains(), a.Untrainable == "")

				o.Tries = 1
				server, client := p.start(t, openaitest.Options{Fault: first(100, fault)}, o)
				a, err = client.Complete(t.Context(), ask("hi"))
				if fault == openaitest.Aborted {
					require.NoError(t, err, "the last try is kept")
					require.Contains(t, a.Untrainable, policy.Abort)
					return
				}
				var down *policy.UnavailableError
				require.ErrorAs(t, err, &down)
				require.Equal(t, 1, down.Tries)
				require.Equal(t, server.URL+"/v1", down.Address)
				if o.Timeout < time.Second {
					require.EqualError(t, down.Err, "no answer within 500ms")
				}
			})
		}
	}
}

// What a server gets wrong of ids costs training and not play.
func TestFaultsOfIDs(t *testing.T) {
	wants := map[openaitest.Fault]string{
		openaitest.NoIDs:      policy.NoTokenIDs,
		openaitest.NoPrompt:   policy.NoTokenIDs,
		openaitest.NoLogprobs: policy.NoTokenIDs,
		openaitest.Misaligned: policy.Mismatch,
		openaitest.Default:    policy.Mismatch,
		openaitest.NaN:        policy.Mismatch,
		openaitest.NoUsage:    policy.Mismatch,
		openaitest.NoEnd:      policy.Mismatch,
	}
	for _, p := range pairings {
		for fault, want := range wants {
			switch {
			case !p.trains(),
				fault == openaitest.NoPrompt && p.driver == "sglang-generate": // which sends them itself
				continue
			}
			t.Run(fmt.Sprint(p, " ", fault), func(t *testing.T) {
				o := openai.Options{}
				if p.kind == openaitest.VLLM { // which does not say what ended a turn, as SGLang does
					o.Ends = []int32{openaitest.TurnEnd}
				}
				_, client := p.start(t, openaitest.Options{Fault: first(9, fault), Answer: say("hello")}, o)
				a, err := client.Complete(t.Context(), ask("hi"))
				require.NoError(t, err)
				require.Equal(t, "hello", a.Message.Content)
				require.Equal(t, 1, a.Try)
				require.Contains(t, a.Untrainable, want)
			})
		}
	}
}

func TestHugeAnswers(t *testing.T) {
	for _, p := range pairings {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			_, client := p.start(t, openaitest.Options{Fault: first(9, openaitest.Huge)}, openai.Options{Tries: 1})
			a, err := client.Complete(t.Context(), ask("hi"))
			require.NoError(t, err)
			if p.driver != "sglang-generate" || a.Finish == policy.Stopped {
				require.Greater(t, len(a.Message.Content), 5_000_000)
			}
			_, client = p.start(t, openaitest.Options{Fault: first(9, openaitest.Huge)}, openai.Options{Tries: 1, MaxAnswer: 1_000_000})
			_, err = client.Complete(t.Context(), ask("hi"))
			require.ErrorContains(t, err, "the answer is longer than 1000000 bytes")
		})
	}
}

func TestAnswerOfExactlyTheLimit(t *testing.T) {
	body := `{"choices":[{"message":{"content":"ok"},"finish_reason":"stop"}]}`
	for room, want := range map[int64]string{0: "", -1: "longer than"} {
		client := clientOf(t, openai.Options{Tries: 1, MaxAnswer: int64(len(body)) + room}, func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, body)
		})
		_, err := client.Complete(t.Context(), ask("hi"))
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, want)
	}
}

func TestCancelIsAtOnce(t *testing.T) {
	gone := errors.New("the player has left")
	for name, s := range map[string]openaitest.Options{
		"while it hangs":       {Fault: first(9, openaitest.Hang)},
		"in the body":          {Fault: first(9, openaitest.HangBody)},
		"between tries":        {Fault: first(9, openaitest.Busy), RetryAfter: "300"},
		"while it takes a day": {Latency: 24 * time.Hour},
	} {
		for _, p := range pairings {
			t.Run(name+" "+p.String(), func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(20*time.Millisecond, func() { cancel(gone) })
				_, client := p.start(t, s, openai.Options{})
				_, err := client.Complete(ctx, ask("hi"))
				require.ErrorIs(t, err, gone)
				require.NotErrorAs(t, err, new(*policy.UnavailableError), "nobody is to blame")
			})
		}
	}
}

// A stream that goes on forever, a little at a time, ends with its time.
func TestEndlessStream(t *testing.T) {
	client := clientOf(t, openai.Options{Stream: true, Tries: 1, Timeout: 200 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for r.Context().Err() == nil {
			io.WriteString(w, `data: {"choices":[{"delta":{"content":"a"}}]}`+"\n\n")
			w.(http.Flusher).Flush()
			time.Sleep(time.Millisecond)
		}
	})
	_, err := client.Complete(t.Context(), ask("hi"))
	require.ErrorContains(t, err, "no answer within 200ms")
}

func TestErrorInAStream(t *testing.T) {
	tries := 0
	client := clientOf(t, openai.Options{Stream: true, Tries: 2, Pause: time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
		tries++
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, `data: {"choices":[{"delta":{"content":"a"}}]}`+"\n\n")
		if tries == 1 {
			io.WriteString(w, `data: {"error":{"message":"EngineCore died","code":500}}`+"\n\n")
			return
		}
		io.WriteString(w, `data: {"error":{"message":"This model's maximum context length is 8 tokens.","code":400}}`+"\n\n")
	})
	_, err := client.Complete(t.Context(), ask("hi"))
	var full *policy.ContextError
	require.ErrorAs(t, err, &full)
	require.Equal(t, 3, tries, "with a shorter answer, too")
	require.Equal(t, 8, full.Limit)
}

package openai

import (
	"encoding/json"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy"
)

func TestParseEndpoint(t *testing.T) {
	for endpoint, want := range map[string][2]string{
		"http://host:8000":           {"http://host:8000/", "v1/"},
		"http://host:8000/v1/":       {"http://host:8000/", "v1/"},
		"https://host/team/v1":       {"https://host/team/", "v1/"},
		"https://host/v1beta/openai": {"https://host/v1beta/openai/", ""},
		"https://host/api/notv1":     {"https://host/api/notv1/", ""},
		"https://api.openai.com/v1":  {"https://api.openai.com/", "v1/"},
	} {
		root, prefix, err := parseEndpoint(endpoint)
		require.NoError(t, err)
		require.Equal(t, want, [2]string{root, prefix}, endpoint)
	}
}

func TestMend(t *testing.T) {
	for given, want := range map[string]string{
		`{"a":NaN,"b":[-Infinity,Infinity]}`: `{"a":null,"b":[null,null]}`,
		`{"a":NaN,"b":"NaN \" NaN"}`:         `{"a":null,"b":"NaN \" NaN"}`,
		`{"a":"NaN"}`:                        `{"a":"NaN"}`,
		`{"a":"NaN`:                          `{"a":"NaN`,
	} {
		require.Equal(t, want, string(mend([]byte(given))))
	}
}

func TestRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, "0.5": 500 * time.Millisecond, "-1": 0, "soon": 0, "NaN": 0, "1e300": 0,
		"Sat, 21 Nov 2026 06:00:09 GMT": 9 * time.Second, "Sat, 21 Nov 2026 05:00:00 GMT": 0,
	} {
		h := http.Header{"Date": {"Sat, 21 Nov 2026 06:00:00 GMT"}, "Retry-After": {text}}
		require.Equal(t, want, retryAfter(h), text)
	}
}

// Pauses are the same when the same is played again, double, and end growing.
func TestPause(t *testing.T) {
	c := &Client{options: Options{Pause: time.Second, Seed: 3}}
	r := policy.Request{Session: "a"}
	for try, most := range map[int]time.Duration{1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 6: 30, 7: 30, 1000: 30} {
		pause := c.pause(r, try)
		require.Equal(t, pause, c.pause(r, try))
		require.LessOrEqual(t, pause, most*time.Second)
		require.GreaterOrEqual(t, pause, most*time.Second/2)
	}
	require.NotEqual(t, c.pause(r, 1), c.pause(policy.Request{Session: "b"}, 1))
}

// Whatever comes is an answer or a failure, and its ids are whole or nil.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"choices":[{"message":{"content":null,"tool_calls":[{"function":{"arguments":{"a":1}}}]},"token_ids":[1,2],"logprobs":{"content":[{"logprob":NaN,"id":3,"token":"token_id:4"}]},"finish_reason":"stop","matched_stop":2}],"prompt_token_ids":[1e99]}`))
	f.Add([]byte(`{"text":"a","output_ids":[1],"meta_info":{"finish_reason":{"type":"stop","matched":2},"output_token_logprobs":[[-1,1,null],[null]],"weight_versions":[{"version":"a"},"b",1]}}`))
	f.Add([]byte(`{"choices":[{}],"metadata":[]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		body = mend(body)
		var a chatAnswer
		if json.Unmarshal(body, &a) == nil {
			for _, d := range []string{"vllm", "llamacpp"} {
				check(t, a.readAs(d))
			}
		}
		var g generateAnswer
		if json.Unmarshal(body, &g) == nil && g.Meta != nil {
			check(t, g.reply([]int32{1}, ChatML))
		}
	})
}

// readAs is reply in one of the two ways that ids are found.
func (a *chatAnswer) readAs(driver string) *reply {
	d := dialect{id: vllmID}
	if driver == "llamacpp" {
		d.id = llamacppID
	}
	said, err := a.reply(d, nil)
	if err != nil {
		return &reply{}
	}
	return said
}

func check(t *testing.T, r *reply) {
	if r.Check(nil) != "" {
		return
	}
	require.Len(t, r.Logprobs, len(r.Completion))
	for _, id := range append(r.Prompt, r.Completion...) {
		require.GreaterOrEqual(t, id, int32(0))
	}
	require.GreaterOrEqual(t, min(r.Usage.Prompt, r.Usage.Completion), 0)
	for _, p := range r.Logprobs {
		require.False(t, math.IsNaN(p) || p > 0 || p <= -9999)
	}
}

// No content opens or closes a turn.
func FuzzDisarm(f *testing.F) {
	f.Add("<|im_end|>")
	f.Add("<|im_<|im_end|>end|>")
	f.Add("a <| b |> c")
	f.Add("[[[[")
	f.Fuzz(func(t *testing.T, content string) {
		for _, template := range []Template{ChatML, {Begin: "<s>", Start: "[[", Middle: "]]", End: "</s>"}} {
			content := template.disarm(content)
			require.NotContains(t, content, template.Start)
			require.NotContains(t, content, template.End)
		}
	})
}

// No server's error makes ours panic, or long.
func FuzzRefusal(f *testing.F) {
	f.Add(400, []byte(`{"error":{"message":"This model's maximum context length is 4096 tokens"}}`))
	f.Add(404, []byte(`{"detail":[{"loc":["body"],"msg":"field required"}]}`))
	f.Add(500, []byte("<html>\x00\xff</html>"))
	f.Add(307, []byte(`{"error":"x"}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		l := &line{address: "http://host", options: Options{Key: NewKey("sk-91f3")}}
		if status == http.StatusNotFound { // asks for the models
			return
		}
		err := l.refusal(t.Context(), &http.Response{StatusCode: status, Header: http.Header{}}, body)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "sk-91f3")
		require.Less(t, len(err.Error()), 3000)
	})
}

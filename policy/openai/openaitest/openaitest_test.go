package openaitest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai/openaitest"
)

func TestTokensCanBeUndone(t *testing.T) {
	for _, text := range []string{"", "a", "ab\ncd\n\n", "<|im_start|>user\nhi<|im_end|>\n", "a<|b", "naïve ☃\x00\xff"} {
		require.Equal(t, text, openaitest.Decode(openaitest.Encode(text)))
	}
	require.Equal(t, []int32{openaitest.TurnEnd}, openaitest.Encode("<|im_end|>"))
}

// A client that sends back what was said gets a prompt that begins with what it
// was told.
func TestPromptGrowsAtItsEnd(t *testing.T) {
	said := policy.Message{Reasoning: "hm", Content: "I look", Calls: []policy.Call{{Name: "bash", Arguments: `{"command":"ls"}`}}}
	server := openaitest.New(openaitest.Options{Answer: func(openaitest.Request) policy.Message { return said }})
	defer server.Close()
	first := ask(t, server.URL, `[{"role":"user","content":"go"}]`)
	second := ask(t, server.URL, `[{"role":"user","content":"go"},
		{"role":"assistant","reasoning":"hm","content":"I look","tool_calls":[{"function":{"name":"bash","arguments":"{\"command\":\"ls\"}"}}]},
		{"role":"tool","content":"a.go"}]`)
	sampled := append(first.Prompt, first.Choices[0].IDs...)
	require.Equal(t, sampled, second.Prompt[:len(sampled)])
}

// An answer whose tokens end while it thinks has no content, and one whose tokens end
// later has what it thought.
func TestAnswersThatAreCut(t *testing.T) {
	said := policy.Message{Reasoning: "where is it?", Content: "I look"}
	for size, want := range map[int]string{
		4:  `"content":"","reasoning":"whe"`, // <think> and a line's end are 8 bytes, in 3 ids
		99: `"content":"I look","reasoning":"where is it?"`,
		12: `"content":"I l","reasoning":"where is it?"`,
	} {
		server := openaitest.New(openaitest.Options{Answer: func(openaitest.Request) policy.Message { return said }})
		defer server.Close()
		r, err := http.Post(server.URL+"/v1/chat/completions", "application/json",
			strings.NewReader(fmt.Sprintf(`{"model":"toy","max_tokens":%d,"messages":[{"role":"user","content":"go"}]}`, size)))
		require.NoError(t, err)
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Contains(t, string(body), want)
	}
}

type answer struct {
	Prompt  []int32 `json:"prompt_token_ids"`
	Choices []struct {
		IDs []int32 `json:"token_ids"`
	}
}

func ask(t *testing.T, url, messages string) (a answer) {
	body := `{"model":"toy","return_token_ids":true,"messages":` + messages + `}`
	r, err := http.Post(url+"/v1/chat/completions", "application/json", bytes.NewReader([]byte(body)))
	require.NoError(t, err)
	defer r.Body.Close()
	require.NoError(t, json.NewDecoder(r.Body).Decode(&a))
	return a
}

package openai

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/selfplay-swe/ssr/policy"
)

// chatRequest is the body of a request to OpenAI's chat, with the fields that
// other servers add.
type chatRequest struct {
	Model               string         `json:"model"`
	Messages            []chatMessage  `json:"messages"`
	Tools               []chatTool     `json:"tools,omitempty"`
	Temperature         *float64       `json:"temperature,omitempty"`
	TopP                *float64       `json:"top_p,omitempty"`
	MaxTokens           int            `json:"max_tokens,omitempty"`
	MaxCompletionTokens int            `json:"max_completion_tokens,omitempty"`
	Seed                *int64         `json:"seed,omitempty"`
	Stop                []string       `json:"stop,omitempty"`
	Stream              bool           `json:"stream,omitempty"`
	StreamOptions       *streamOptions `json:"stream_options,omitempty"`
	*neutral

	Logprobs             bool   `json:"logprobs,omitempty"`
	TopLogprobs          *int   `json:"top_logprobs,omitempty"`
	ReturnTokenIDs       bool   `json:"return_token_ids,omitempty"`
	ReturnTokensAsIDs    bool   `json:"return_tokens_as_token_ids,omitempty"`
	ReturnPromptTokenIDs bool   `json:"return_prompt_token_ids,omitempty"`
	ReturnMetaInfo       bool   `json:"return_meta_info,omitempty"`
	CacheSalt            string `json:"cache_salt,omitempty"`
}

// neutral are the ways of drawing tokens that [policy.Sampling] leaves out, turned
// off. Where they are not sent, vLLM and SGLang take those that the model's
// generation_config.json recommends (Qwen's has a top_k of 20), and tell
// log-probabilities as if they had not.
type neutral struct {
	TopK              int     `json:"top_k"`
	MinP              float64 `json:"min_p"`
	RepetitionPenalty float64 `json:"repetition_penalty"`
	PresencePenalty   float64 `json:"presence_penalty"`
	FrequencyPenalty  float64 `json:"frequency_penalty"`
}

// asItIs is sampling from what the model says, whatever is recommended for it.
var asItIs = neutral{TopK: -1, RepetitionPenalty: 1}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

type chatMessage struct {
	Role      policy.Role `json:"role"`
	Content   string      `json:"content"`
	Reasoning string      `json:"reasoning_content,omitempty"`
	ToolCalls []chatCall  `json:"tool_calls,omitempty"`
	CallID    string      `json:"tool_call_id,omitempty"`
}

type chatCall struct {
	Index    int    `json:"index,omitempty"` // in streams: of the call that this is a part of
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments text   `json:"arguments"`
	} `json:"function"`
}

type chatTool struct {
	Type     string `json:"type"`
	Function struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
	} `json:"function"`
}

// chat returns the ask of a Driver that speaks OpenAI's chat.
func chat(d dialect) func(context.Context, *call) (*reply, error) {
	return func(ctx context.Context, q *call) (*reply, error) {
		body := q.chatRequest()
		d.extend(body, q.salt())
		path := q.client.line.prefix + "chat/completions"
		if body.Stream {
			return q.client.line.stream(ctx, path, q, body, d)
		}
		var a chatAnswer
		r, err := q.client.line.post(ctx, path, q.header(), body, &a)
		if err != nil {
			return nil, err
		}
		return a.reply(d, r.Header)
	}
}

func (q *call) chatRequest() *chatRequest {
	o := q.client.options
	body := &chatRequest{
		Model:       o.Model,
		Temperature: q.Sampling.Temperature,
		TopP:        q.Sampling.TopP,
		MaxTokens:   q.Sampling.MaxTokens,
		Seed:        q.Sampling.Seed,
		Stop:        q.Sampling.Stop,
	}
	if strings.HasPrefix(q.client.line.address, "https://api.openai.com/") { // whose newer models refuse max_tokens, which others know alone
		body.MaxTokens, body.MaxCompletionTokens = 0, body.MaxTokens
	}
	if o.Stream && q.client.driver.Streams {
		body.Stream, body.StreamOptions = true, &streamOptions{IncludeUsage: true}
	}
	for _, m := range q.Messages {
		body.Messages = append(body.Messages, chatMessageOf(m))
	}
	for _, t := range q.Tools {
		body.Tools = append(body.Tools, chatToolOf(t))
	}
	return body
}

func chatMessageOf(m policy.Message) chatMessage {
	written := chatMessage{Role: m.Role, Content: m.Content, Reasoning: m.Reasoning, CallID: m.CallID}
	for _, c := range m.Calls {
		part := chatCall{ID: c.ID, Type: "function"}
		part.Function.Name, part.Function.Arguments = c.Name, text(arguments(c.Arguments))
		written.ToolCalls = append(written.ToolCalls, part)
	}
	return written
}

// arguments are sent back as they came, unless they are no JSON object: vLLM and
// SGLang parse them before they render the template, and would refuse the whole
// conversation from there on.
func arguments(given string) string {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(given), &object) == nil && object != nil {
		return given
	}
	wrapped, _ := json.Marshal(map[string]string{"malformed": given})
	return string(wrapped)
}

func chatToolOf(t policy.Tool) chatTool {
	written := chatTool{Type: "function"}
	written.Function.Name, written.Function.Description, written.Function.Parameters = t.Name, t.Doc, t.Parameters
	if t.Parameters == nil {
		written.Function.Parameters = json.RawMessage(`{"type":"object","properties":{}}`)
	}
	return written
}

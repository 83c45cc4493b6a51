package openai

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/policy"
)

var generateDriver = Driver{
	Name: "sglang-generate",
	Doc: `SGLang's /generate: ids in, ids out; what was sampled is never rendered again

Source: python/sglang/srt/managers/io_struct.py (GenerateReqInput) and
tokenizer_manager.py. A prompt is the last prompt, the last answer as it was
sampled, and the ids that the server's /tokenize gives for what came after, as
Options.Template renders it. Where there is no last answer, or what it says is not
in the conversation, or its ids are not all there, the whole conversation is
rendered. Tools and streams are not for it.`,
	ask: generate,
}

type generateRequest struct {
	InputIDs []int32 `json:"input_ids"`
	Sampling struct {
		Temperature *float64 `json:"temperature,omitempty"`
		TopP        *float64 `json:"top_p,omitempty"`
		MaxTokens   int      `json:"max_new_tokens"`
		Stop        []string `json:"stop,omitempty"`
		Seed        *int64   `json:"sampling_seed,omitempty"`
		NoStopTrim  bool     `json:"no_stop_trim"`
	} `json:"sampling_params"`
	ReturnLogprob bool `json:"return_logprob"`
}

type generateAnswer struct {
	Text text          `json:"text"`
	IDs  ids           `json:"output_ids"`
	Meta *generateMeta `json:"meta_info"`
}

type generateMeta struct {
	ID         label           `json:"id"`
	Finish     json.RawMessage `json:"finish_reason"`
	Prompt     int             `json:"prompt_tokens"`
	Completion int             `json:"completion_tokens"`
	Cached     int             `json:"cached_tokens"`
	Logprobs   [][]number      `json:"output_token_logprobs"` // each the log-probability, the id, and a text or null
	weights
}

func generate(ctx context.Context, q *call) (*reply, error) {
	prompt, err := q.prompt(ctx)
	if err != nil {
		return nil, err
	}
	body, err := q.generateRequest(prompt)
	if err != nil {
		return nil, err
	}
	var a generateAnswer
	if _, err := q.client.line.post(ctx, "generate", q.header(), body, &a); err != nil {
		return nil, err
	}
	if a.Meta == nil {
		return nil, failed("the answer has no meta_info")
	}
	return a.reply(prompt, q.client.options.Template), nil
}

// prompt goes on from the ids of the last call, if it can.
func (q *call) prompt(ctx context.Context) ([]int32, error) {
	t := q.client.options.Template
	after := q.after()
	if after < 0 {
		return q.client.tokenize(ctx, t.whole(q.Messages))
	}
	end, err := q.client.ending(ctx)
	if err != nil {
		return nil, err
	}
	sampled := q.Last.Completion
	ended := len(sampled) >= len(end) && slices.Equal(sampled[len(sampled)-len(end):], end)
	more, err := q.client.tokenize(ctx, t.next(ended, q.Messages[after:]))
	if err != nil {
		return nil, err
	}
	return slices.Concat(q.Last.Prompt, sampled, more), nil
}

// after is where the messages begin that came after the last answer; -1 if its
// ids cannot be gone on from.
func (q *call) after() int {
	if q.Last == nil || q.Last.Prompt == nil || q.Last.Completion == nil || q.Last.Untrainable != "" {
		return -1
	}
	for i, m := range slices.Backward(q.Messages) {
		if m.Role == policy.Assistant {
			if same(m, q.Last.Message) {
				return i + 1
			}
			return -1
		}
	}
	return -1
}

func same(a, b policy.Message) bool {
	return a.Content == b.Content && a.Reasoning == b.Reasoning && slices.Equal(a.Calls, b.Calls)
}

func (q *call) generateRequest(prompt []int32) (*generateRequest, error) {
	body := &generateRequest{InputIDs: prompt, ReturnLogprob: true}
	s := &body.Sampling
	s.Temperature, s.TopP, s.Seed, s.Stop = q.Sampling.Temperature, q.Sampling.TopP, q.Sampling.Seed, q.Sampling.Stop
	s.MaxTokens, s.NoStopTrim = q.Sampling.MaxTokens, true
	if s.MaxTokens > 0 {
		return body, nil
	}
	limit := q.client.server.Context
	if limit == 0 {
		return nil, fmt.Errorf("driver sglang-generate needs MaxTokens, since the server does not tell its context: it would sample 128 tokens")
	}
	if s.MaxTokens = limit - len(prompt) - 1; s.MaxTokens < 1 {
		return nil, &policy.ContextError{Limit: limit, Message: fmt.Sprintf("the prompt has %d tokens", len(prompt))}
	}
	return body, nil
}

// ending are the ids of what ends a turn.
func (c *Client) ending(ctx context.Context) ([]int32, error) {
	if known := c.end.Load(); known != nil {
		return *known, nil
	}
	end, err := c.tokenize(ctx, c.options.Template.End)
	if err == nil {
		c.end.Store(&end)
	}
	return end, err
}

// tokenize asks the server. Nothing of what was sampled comes here.
func (c *Client) tokenize(ctx context.Context, prompt string) ([]int32, error) {
	body := map[string]any{"prompt": prompt, "add_special_tokens": false}
	if c.options.Model != "" {
		body["model"] = c.options.Model
	}
	var answer struct{ Tokens ids }
	if _, err := c.line.post(ctx, "tokenize", nil, body, &answer); err != nil {
		return nil, err
	}
	if len(answer.Tokens) == 0 && prompt != "" {
		return nil, failed("/tokenize gave no ids")
	}
	return answer.Tokens, nil
}

func (a *generateAnswer) reply(prompt []int32, t Template) *reply {
	said := &reply{Answer: policy.Answer{
		Message:   thought(strings.TrimSuffix(string(a.Text), t.End)),
		Tokens:    policy.Tokens{Prompt: prompt},
		Usage:     policy.Usage{Prompt: counted(a.Meta.Prompt), Completion: counted(a.Meta.Completion), Cached: counted(a.Meta.Cached)},
		Versions:  a.Meta.list(),
		RequestID: string(a.Meta.ID),
	}}
	for _, pair := range a.Meta.Logprobs {
		if len(pair) < 2 || !pair[1].isID() {
			said.Completion, said.Logprobs = nil, nil
			break
		}
		said.Completion = append(said.Completion, int32(pair[1]))
		said.Logprobs = append(said.Logprobs, float64(pair[0]))
	}
	said.generated(a)
	return said
}

// generated reads why it ended: {"type": "stop", "matched": 151645}, or the type
// alone.
func (r *reply) generated(a *generateAnswer) {
	var finish struct {
		Type    text
		Matched number
	}
	if json.Unmarshal(a.Meta.Finish, &finish) != nil {
		json.Unmarshal(a.Meta.Finish, &finish.Type)
	}
	r.finish(string(finish.Type))
	r.ends = finish.Matched.ends()
	if a.IDs != nil && r.Completion != nil && !slices.Equal(a.IDs, r.Completion) {
		r.Untrainable = policy.Mismatch + ": output_ids are not the ids of the log-probabilities"
	}
}

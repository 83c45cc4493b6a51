package openai

import (
	"encoding/json"
	"math"
	"net/http"

	"github.com/selfplay-swe/ssr/policy"
)

// chatAnswer is the body of an answer of OpenAI's chat, with what other servers
// add, wherever they have it.
type chatAnswer struct {
	ID       label        `json:"id"`
	Model    label        `json:"model"`
	Choices  []chatChoice `json:"choices"`
	Usage    usage        `json:"usage"`
	Prompt   ids          `json:"prompt_token_ids"` // vLLM
	Metadata weights      `json:"metadata"`         // SGLang
}

type chatChoice struct {
	Message  chatSaid `json:"message"`
	Delta    chatSaid `json:"delta"` // in streams
	Finish   text     `json:"finish_reason"`
	Prompt   ids      `json:"prompt_token_ids"` // SGLang
	IDs      ids      `json:"token_ids"`
	Logprobs struct {
		Content []entry `json:"content"`
	} `json:"logprobs"`
	Matched number  `json:"matched_stop"` // SGLang: the id that ended the turn, if one did
	Meta    weights `json:"meta_info"`    // SGLang
}

type chatSaid struct {
	Content   text       `json:"content"`
	Reasoning text       `json:"reasoning"`
	Older     text       `json:"reasoning_content"`
	Calls     []chatCall `json:"tool_calls"`
}

// An entry is the log-probability of one token, and what names the token.
type entry struct {
	Token   text            `json:"token"`
	ID      json.RawMessage `json:"id"` // llama.cpp
	Logprob number          `json:"logprob"`
}

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Details    struct {
		Cached int `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
}

func (u usage) policy() policy.Usage {
	return policy.Usage{Prompt: counted(u.Prompt), Completion: counted(u.Completion), Cached: counted(u.Details.Cached)}
}

// counted is a number of tokens; one that cannot be any was not told.
func counted(n int) int {
	if n < 0 || n > math.MaxInt32 {
		return 0
	}
	return n
}

// weights are told in two ways: one version, or those of spans, in order.
type weights struct {
	Version  label             `json:"weight_version"`
	Versions []json.RawMessage `json:"weight_versions"`
}

func (w weights) list() (versions []string) {
	for _, raw := range w.Versions {
		var span struct{ Version label }
		if json.Unmarshal(raw, &span) != nil {
			json.Unmarshal(raw, &span.Version)
		}
		versions = append(versions, string(span.Version))
	}
	if versions == nil && w.Version != "" {
		versions = []string{string(w.Version)}
	}
	return versions
}

// reply reads the first choice; no other was asked for.
func (a *chatAnswer) reply(d dialect, header http.Header) (*reply, error) {
	if len(a.Choices) == 0 {
		return nil, failed("the answer has no choices")
	}
	choice := &a.Choices[0]
	said := &reply{Answer: policy.Answer{
		Message:   choice.Message.message(),
		Tokens:    a.tokens(d),
		Usage:     a.Usage.policy(),
		Model:     string(a.Model),
		Versions:  a.Metadata.list(),
		RequestID: string(a.ID),
	}}
	if said.Versions == nil { // both tell the same, and a version told twice would be one that changed
		said.Versions = choice.Meta.list()
	}
	if said.RequestID == "" {
		said.RequestID = cut(header.Get("X-Request-Id"), 200)
	}
	said.finish(string(choice.Finish))
	said.ends = choice.Matched.ends()
	return said, nil
}

// tokens are read where they are known to be, and are nil elsewhere.
func (a *chatAnswer) tokens(d dialect) policy.Tokens {
	choice := &a.Choices[0]
	t := policy.Tokens{Prompt: a.Prompt, Completion: choice.IDs}
	if t.Prompt == nil {
		t.Prompt = choice.Prompt
	}
	for _, e := range choice.Logprobs.Content {
		t.Logprobs = append(t.Logprobs, float64(e.Logprob))
	}
	if t.Completion == nil && d.id != nil {
		t.Completion = besides(choice.Logprobs.Content, d.id)
	}
	return t
}

// besides are the ids of all entries, or none.
func besides(entries []entry, id func(entry) (int32, bool)) []int32 {
	var list []int32
	for _, e := range entries {
		one, found := id(e)
		if !found {
			return nil
		}
		list = append(list, one)
	}
	return list
}

func (s chatSaid) message() policy.Message {
	m := policy.Message{Role: policy.Assistant, Content: string(s.Content), Reasoning: string(s.Reasoning)}
	if m.Reasoning == "" {
		m.Reasoning = string(s.Older)
	}
	for _, c := range s.Calls {
		m.Calls = append(m.Calls, policy.Call{ID: c.ID, Name: c.Function.Name, Arguments: string(c.Function.Arguments)})
	}
	return m
}

// finish reads why sampling ended. A reason that is not known is played on, and
// not trained on.
func (r *reply) finish(reason string) {
	switch reason {
	case "stop":
		r.Finish = policy.Stopped
	case "tool_calls", "function_call":
		r.Finish = policy.Called
	case "length":
		r.Finish = policy.Length
	case "abort":
		r.Finish = policy.Aborted
	case "content_filter":
		r.Finish = policy.Filtered
	default:
		r.Finish = policy.Stopped
		r.Untrainable = policy.Mismatch + ": the answer ended for a reason that is not known: " + cut(reason, 40)
	}
	if r.Finish == policy.Stopped && r.Message.Calls != nil {
		r.Finish = policy.Called
	}
}

package openaitest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/selfplay-swe/ssr/policy"
)

// asked is a request as it comes in.
type asked struct {
	Model    string `json:"model"`
	Messages []struct {
		Role      policy.Role `json:"role"`
		Content   string      `json:"content"`
		Reasoning string      `json:"reasoning"`
		Older     string      `json:"reasoning_content"`
		CallID    string      `json:"tool_call_id"`
		Calls     []call      `json:"tool_calls"`
	} `json:"messages"`
	Tools []struct {
		Function struct {
			Name        string          `json:"name"`
			Description string          `json:"description"`
			Parameters  json.RawMessage `json:"parameters"`
		} `json:"function"`
	} `json:"tools"`
	MaxTokens           int     `json:"max_tokens"`
	MaxCompletionTokens int     `json:"max_completion_tokens"`
	Stream              bool    `json:"stream"`
	Logprobs            bool    `json:"logprobs"`
	TokenIDs            bool    `json:"return_token_ids"`
	PromptIDs           bool    `json:"return_prompt_token_ids"`
	AsIDs               bool    `json:"return_tokens_as_token_ids"`
	Meta                bool    `json:"return_meta_info"`
	InputIDs            []int32 `json:"input_ids"` // of /generate
	ReturnLogprob       bool    `json:"return_logprob"`
	Params              struct {
		MaxTokens  int  `json:"max_new_tokens"`
		NoStopTrim bool `json:"no_stop_trim"`
	} `json:"sampling_params"`
}

type call struct {
	Index    int    `json:"index"`
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

func (a *asked) messages() []policy.Message {
	var list []policy.Message
	for _, m := range a.Messages {
		message := policy.Message{Role: m.Role, Content: m.Content, Reasoning: m.Reasoning + m.Older, CallID: m.CallID}
		for _, c := range m.Calls {
			message.Calls = append(message.Calls, policy.Call{ID: c.ID, Name: c.Function.Name, Arguments: c.Function.Arguments})
		}
		list = append(list, message)
	}
	return list
}

func (a *asked) tools() []policy.Tool {
	var list []policy.Tool
	for _, t := range a.Tools {
		list = append(list, policy.Tool{Name: t.Function.Name, Doc: t.Function.Description, Parameters: t.Function.Parameters})
	}
	return list
}

func (s *server) chat(w http.ResponseWriter, r *http.Request) {
	a, request, err := s.read(r)
	if err != nil {
		s.fail(w, http.StatusBadRequest, "BadRequestError", err.Error())
		return
	}
	request.Messages, request.Tools = a.messages(), a.tools()
	request.Prompt = render(request.Messages, request.Tools)
	if a.Model != s.Model {
		s.fail(w, http.StatusNotFound, "NotFoundError", fmt.Sprintf("The model `%s` does not exist.", a.Model))
		return
	}
	if s.Kind == LlamaCPP && a.Logprobs && a.Stream && a.Tools != nil {
		s.fail(w, http.StatusBadRequest, "invalid_request_error", "logprobs is not supported with tools + stream")
		return
	}
	s.answer(w, r, request, func(answer *sampled, f Fault) {
		if a.Stream {
			s.stream(w, r, a, answer, f)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		body, _ := json.Marshal(s.completion(a, answer, f))
		f.write(w, r, body)
	})
}

func (s *server) read(r *http.Request) (*asked, Request, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, Request{}, err
	}
	a := &asked{}
	if err := json.Unmarshal(body, a); err != nil {
		return nil, Request{}, err
	}
	return a, Request{
		Streamed:  a.Stream,
		MaxTokens: max(a.MaxTokens, a.MaxCompletionTokens, a.Params.MaxTokens),
		Header:    r.Header,
		Body:      body,
	}, nil
}

// answer does what is the same for all addresses: counting, faults, latency, the
// context's limit, and sampling.
func (s *server) answer(w http.ResponseWriter, r *http.Request, request Request, write func(*sampled, Fault)) {
	request.Number = int(s.calls.Add(1))
	fault := s.Fault(request)
	if s.instead(w, r, fault) {
		return
	}
	if excess := s.excess(request); excess != "" {
		s.tooLong(w, request, excess)
		return
	}
	select {
	case <-time.After(s.Latency):
	case <-r.Context().Done():
		return
	}
	answer := s.sample(request)
	fault.spoil(answer)
	write(answer, fault)
}

// excess says, in each server's words, that a conversation is too long; "" if it
// fits.
func (s *server) excess(r Request) string {
	prompt, answer := len(r.Prompt), r.MaxTokens
	switch {
	case prompt+max(1, answer) <= s.Context:
		return ""
	case s.Kind == SGLang:
		return fmt.Sprintf("Requested token count exceeds the model's maximum context length of %d tokens. You requested a total of %d tokens: %d tokens from the input messages and %d tokens for the completion.", s.Context, prompt+answer, prompt, answer)
	case s.Kind == LlamaCPP:
		return fmt.Sprintf("request (%d tokens) exceeds the available context size (%d tokens), try increasing it", prompt, s.Context)
	case s.Kind == OpenAI:
		return fmt.Sprintf("This model's maximum context length is %d tokens. However, your messages resulted in %d tokens. Please reduce the length of the messages.", s.Context, prompt)
	}
	return fmt.Sprintf("This model's maximum context length is %d tokens. However, you requested %d output tokens and your prompt contains %d input tokens, for a total of %d tokens.", s.Context, answer, prompt, prompt+answer)
}

func (s *server) tooLong(w http.ResponseWriter, r Request, message string) {
	switch s.Kind {
	case LlamaCPP:
		s.json(w, http.StatusBadRequest, object{"error": object{"code": 400, "message": message,
			"type": "exceed_context_size_error", "n_prompt_tokens": len(r.Prompt), "n_ctx": s.Context}})
	case OpenAI:
		s.json(w, http.StatusBadRequest, object{"error": object{"message": message,
			"type": "invalid_request_error", "param": "messages", "code": "context_length_exceeded"}})
	default:
		s.fail(w, http.StatusBadRequest, "BadRequestError", message)
	}
}

// Package openaitest is a model server without a model: it speaks the JSON of
// vLLM, SGLang, llama.cpp's server and OpenAI to the letter, answers what a
// function tells it to, and goes wrong on demand.
//
//	server := openaitest.New(openaitest.Options{
//		Kind:   openaitest.VLLM,
//		Answer: func(r openaitest.Request) policy.Message { return policy.Message{Content: "ok"} },
//	})
//	defer server.Close()
//
// Whole games are played against it in tests, on machines without a GPU, and
// every driver of package openai is tested on every [Fault]. What makes that
// worth something is that its ids add up: a toy tokenizer ([Encode]) turns the
// conversation into the ids of a ChatML prompt, and the answer into the ids that
// were sampled, so that the prompt of each call begins with the prompt and the
// answer of the call before, if the client sends back all of what was said.
// Log-probabilities are made up from an id and its place, the same in each run.
//
// The names and the places of all fields are those of
//
//   - vLLM, vllm/entrypoints/openai/chat_completion/protocol.py at commit
//     002032ee2b18: ids in choices[].token_ids and, at the top, prompt_token_ids;
//     errors as {"error": {message, type, param, code}};
//   - SGLang, python/sglang/srt/entrypoints/openai/protocol.py at commit
//     004c82e07d87: ids in choices[].token_ids and choices[].prompt_token_ids,
//     none where it streams; metadata.weight_version; errors flat, as {object,
//     message, type, param, code}; and its own /generate, with the ids in
//     output_ids and meta_info.output_token_logprobs (managers/tokenizer_manager.py);
//   - llama.cpp, tools/server/server-task.cpp and server-common.cpp of autumn 2026:
//     the id of each token beside its log-probability, none of the prompt.
//
// Left out: everything that package openai does not ask for, several choices, and
// the real models' tokenizers and templates.
package openaitest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	"github.com/selfplay-swe/ssr/policy"
)

// A Kind is a program whose JSON is spoken.
type Kind uint8

// The kinds.
const (
	VLLM Kind = iota + 1
	SGLang
	LlamaCPP
	OpenAI
)

// Options say how a server behaves. The zero value of each is the default.
type Options struct {
	Kind       Kind                           // default VLLM
	Model      string                         // default "toy"
	Key        string                         // that clients must send; "": none
	Context    int                            // tokens of prompt and answer; default 1,000,000
	Answer     func(r Request) policy.Message // default says "ok"; called side by side
	Fault      func(r Request) Fault          // nil: none
	Weights    func() string                  // the version of the weights; nil: "1"
	Latency    time.Duration                  // of each answer
	RetryAfter string                         // of Busy; default "0"
	Elsewhere  string                         // where Redirect leads
	Old        bool                           // as servers were in 2025: reasoning_content, and no ids in vLLM's answers but as tokens
	NoWeights  bool                           // no address tells the version of the weights
	Seen       func(r *http.Request)          // every request, before anything is done with it; nil: nobody
}

// A Request is a call for an answer.
type Request struct {
	Number    int              // of the calls on this server, from 1
	Messages  []policy.Message // read from the ids, where those were sent
	Tools     []policy.Tool
	Prompt    []int32
	Generate  bool // by SGLang's /generate
	Streamed  bool
	MaxTokens int
	Header    http.Header
	Body      json.RawMessage // as it was sent
}

// New starts a server. Its URL is what an endpoint is, without the /v1.
func New(o Options) *httptest.Server { return httptest.NewServer(NewHandler(o)) }

// NewHandler is New for those who have a server.
func NewHandler(o Options) http.Handler {
	s := &server{Options: o}
	s.fill()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", s.models)
	mux.HandleFunc("GET /health", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /v1/chat/completions", s.chat)
	mux.HandleFunc("POST /tokenize", s.tokenize)
	s.native(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Seen != nil {
			s.Seen(r)
		}
		if s.Key != "" && r.Header.Get("Authorization") != "Bearer "+s.Key {
			s.fail(w, http.StatusUnauthorized, "AuthenticationError", "Unauthorized")
			return
		}
		mux.ServeHTTP(w, r)
	})
}

type server struct {
	Options
	calls atomic.Int64
}

func (s *server) fill() {
	if s.Kind == 0 {
		s.Kind = VLLM
	}
	if s.Model == "" {
		s.Model = "toy"
	}
	if s.Context == 0 {
		s.Context = 1_000_000
	}
	if s.RetryAfter == "" {
		s.RetryAfter = "0"
	}
	if s.Answer == nil {
		s.Answer = func(Request) policy.Message { return policy.Message{Content: "ok"} }
	}
	if s.Fault == nil {
		s.Fault = func(Request) Fault { return 0 }
	}
	if s.Weights == nil {
		s.Weights = func() string { return "1" }
	}
}

type object = map[string]any

func (s *server) json(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

// fail writes an error as the kind of server does.
func (s *server) fail(w http.ResponseWriter, status int, kind, message string) {
	switch s.Kind {
	case SGLang:
		s.json(w, status, object{"object": "error", "message": message, "type": kind, "param": nil, "code": status})
	case LlamaCPP:
		s.json(w, status, object{"error": object{"code": status, "message": message, "type": kind}})
	default:
		s.json(w, status, object{"error": object{"message": message, "type": kind, "param": nil, "code": status}})
	}
}

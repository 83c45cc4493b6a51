package openai

import (
	"context"
	"fmt"
)

// A Server is what Probe saw of a model server. What it did not see is false,
// zero or empty.
type Server struct {
	Address   string   `json:"address"`
	Driver    string   `json:"driver"` // the name of one of Drivers
	Version   string   `json:"version,omitempty"`
	Models    []string `json:"models,omitempty"`
	Context   int      `json:"context,omitempty"` // tokens
	Healthy   bool     `json:"healthy"`           // by /health
	PromptIDs bool     `json:"prompt_ids"`
	IDs       bool     `json:"ids"` // of the answer
	Logprobs  bool     `json:"logprobs"`
	Mode      string   `json:"logprobs_mode,omitempty"`
	Trainable string   `json:"trainable"`          // "yes", or why not
	Tools     bool     `json:"tools"`              // it takes them; whether it tells calls apart shows in play
	NoTools   string   `json:"no_tools,omitempty"` // why it takes none
	Called    bool     `json:"called"`             // a tool was called
	Reasoning bool     `json:"reasoning"`          // was told apart
	Stream    bool     `json:"stream"`
	Weights   string   `json:"weights,omitempty"`    // their version
	WeightsAt string   `json:"weights_at,omitempty"` // the path that tells it
	Notes     []string `json:"notes,omitempty"`      // what went wrong while looking
}

// Lines say what was found, for a person.
func (s *Server) Lines() []string {
	lines := []string{
		fmt.Sprintf("%s: driver %s, version %s", s.Address, s.Driver, orUnknown(s.Version)),
		"models: " + list(s.Models),
		"context: " + tokens(s.Context),
		"ids of the prompt: " + seen(s.PromptIDs),
		"ids of the answer: " + seen(s.IDs),
		fmt.Sprintf("log-probabilities: %s, mode %s", seen(s.Logprobs), orUnknown(s.Mode)),
		"tools: " + s.tools(),
		"reasoning: " + seen(s.Reasoning),
		"streams: " + seen(s.Stream),
		"version of the weights: " + s.weights(),
		"answers can be trained on: " + s.Trainable,
	}
	for _, note := range s.Notes {
		lines = append(lines, "note: "+note)
	}
	return lines
}

func (s *Server) weights() string {
	switch {
	case s.Weights == "":
		return "not told"
	case s.WeightsAt == "":
		return s.Weights + ", told with each answer"
	}
	return s.Weights + ", told by /" + s.WeightsAt
}

func orUnknown(text string) string {
	if text == "" {
		return "not told"
	}
	return text
}

func tokens(n int) string {
	if n == 0 {
		return "not told"
	}
	return fmt.Sprintf("%d tokens", n)
}

func seen(yes bool) string {
	if yes {
		return "seen"
	}
	return "not seen"
}

// tools says how a model is going to call them, and why so.
func (s *Server) tools() string {
	switch {
	case s.Called:
		return "taken, and called; calls are native"
	case s.Tools:
		return fmt.Sprintf("taken, and not called, asked up to %d times; calls are native nevertheless", len(toolTrials))
	}
	return "not taken, so calls are read from the text of answers: " + s.NoTools
}

// modelCards are the models of /v1/models, with what each kind of server adds.
type modelCards struct {
	Data []struct {
		ID      string `json:"id"`
		Owner   string `json:"owned_by"`
		Context int    `json:"max_model_len"` // vLLM, SGLang
		Meta    struct {
			Trained int `json:"n_ctx_train"` // llama.cpp, whose context may be smaller
		} `json:"meta"`
	} `json:"data"`
}

func (c modelCards) names() (names []string) {
	for _, card := range c.Data {
		names = append(names, card.ID)
	}
	return names
}

// weights asks an address for the version of the weights.
func (l *line) weights(ctx context.Context, path string) (string, error) {
	var told weights
	if err := l.get(ctx, path, &told); err != nil {
		return "", err
	}
	return string(told.Version), nil
}

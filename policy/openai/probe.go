package openai

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/selfplay-swe/ssr/policy"
)

// Probe finds out what a server is, by the addresses that it has, and what it can
// do, by asking its model a few things. A field that it did not see is taken not
// to be there. Options.Driver, if set, is what the model is asked with.
//
// An error is a server that does not answer (*policy.UnavailableError) or refuses
// the key or the model (*policy.RefusedError), or options that are wrong. A server
// that answers only some of the questions is no error.
func Probe(ctx context.Context, o Options) (*Server, error) {
	o.fill()
	l, err := dial(o)
	if err != nil {
		return nil, err
	}
	s := &Server{Address: l.address, Trainable: "no answer was seen"}
	p := &probe{line: l, server: s}
	if err := p.models(ctx); err != nil {
		return nil, err
	}
	p.natives(ctx)
	s.Driver = cmp.Or(o.Driver, p.kind())
	o.Tries, o.Timeout = min(o.Tries, 2), min(o.Timeout, fewTokensTime)
	return s, p.trials(ctx, o)
}

// How long a probe waits for what a server knows by heart, and for a few tokens.
const (
	patience      = 10 * time.Second
	fewTokensTime = 2 * time.Minute
)

// A probe is a look at a server.
type probe struct {
	line    *line
	server  *Server
	owner   string
	version bool // it has vLLM's /version
	info    serverInfo
	props   props
}

// serverInfo is what SGLang's /server_info tells, and vLLM's, which has it in
// development mode alone.
type serverInfo struct {
	Version label           `json:"version"`
	Context int             `json:"context_length"`
	SGLang  json.RawMessage `json:"tokenizer_path"`
	States  json.RawMessage `json:"internal_states"`
	VLLM    struct {
		Model struct {
			Mode label `json:"logprobs_mode"`
		} `json:"model_config"`
	} `json:"vllm_config"`
}

// props is what llama.cpp's server tells of itself.
type props struct {
	Build    label `json:"build_info"`
	Settings *struct {
		Context int `json:"n_ctx"`
	} `json:"default_generation_settings"`
}

// models asks what everyone has. No model list is no error, no server is one.
func (p *probe) models(ctx context.Context) error {
	var cards modelCards
	short, cancel := context.WithTimeoutCause(ctx, patience, errSlow{patience})
	defer cancel()
	err := p.line.get(short, p.line.prefix+"models", &cards)
	f, refused := (*failure)(nil), (*policy.RefusedError)(nil)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return fmt.Errorf("ask %s: %w", p.line.address, context.Cause(ctx))
	case errors.As(err, &f) && f.status == 0:
		return &policy.UnavailableError{Address: p.line.address, Tries: 1, Err: f.err}
	case errors.As(err, &refused) && refused.Status != 404:
		return err
	default:
		p.note("models", err)
	}
	p.server.Models = cards.names()
	for _, card := range cards.Data {
		if card.ID == p.line.options.Model || len(cards.Data) == 1 {
			p.owner, p.server.Context = card.Owner, card.Context
		}
	}
	return nil
}

// natives asks for what only some have. Whatever goes wrong is not seen.
func (p *probe) natives(ctx context.Context) {
	var version struct{ Version label }
	p.see(ctx, "version", &version)
	p.version = version.Version != ""
	if !p.see(ctx, "server_info?config_format=json", &p.info) { // vLLM's is text otherwise; SGLang has no such choice
		p.see(ctx, "get_server_info", &p.info)
	}
	p.see(ctx, "props", &p.props)
	p.server.Healthy = p.line.reach(ctx, "health")
	p.server.Version = string(cmp.Or(version.Version, p.info.Version, p.props.Build))
	p.server.Context = cmp.Or(p.server.Context, p.info.Context)
	p.server.Mode = string(p.info.VLLM.Model.Mode)
	if p.props.Settings != nil {
		p.server.Context = p.props.Settings.Context
	}
	var told weights
	if p.see(ctx, "weight_info", &told) && told.Version != "" {
		p.server.Weights, p.server.WeightsAt = string(told.Version), "weight_info"
	}
}

// see asks one address, for a short while.
func (p *probe) see(ctx context.Context, path string, into any) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return p.line.get(ctx, path, into) == nil
}

// kind says which driver the addresses speak for.
func (p *probe) kind() string {
	switch {
	case p.owner == "sglang" || p.info.SGLang != nil || p.info.States != nil:
		return sglangDriver.Name
	case p.owner == "llamacpp" || p.props.Settings != nil && p.props.Build != "":
		return llamacppDriver.Name
	case p.owner == "vllm" || p.version:
		return vllmDriver.Name
	}
	return plainDriver.Name
}

// trials ask the model for a word, for a call of a tool, and for a stream.
func (p *probe) trials(ctx context.Context, o Options) error {
	o.Stream = false
	c, err := New(o, p.server)
	if err != nil {
		return err
	}
	word, err := c.Greet(ctx)
	if err != nil {
		return err
	}
	p.judge(word)
	if err := p.tool(ctx, c); err != nil {
		return err
	}
	if c.driver.Streams {
		o.Stream = true
		p.stream(ctx, o)
	}
	return nil
}

// Greet asks the model for a word, as Probe does. What it comes to is about the server,
// its key and its model, and not about anything that a player said.
func (c *Client) Greet(ctx context.Context) (*policy.Answer, error) {
	return c.Complete(ctx, question("Reply with the word ok."))
}

func question(text string) policy.Request {
	return policy.Request{
		Session:  "ssr-probe",
		Messages: []policy.Message{{Role: policy.User, Content: text}},
		Sampling: policy.Sampling{Temperature: new(1.0), MaxTokens: 64},
	}
}

func (p *probe) judge(a *policy.Answer) {
	s := p.server
	s.PromptIDs, s.IDs, s.Logprobs = a.Prompt != nil, a.Completion != nil, a.Logprobs != nil
	s.Reasoning = a.Message.Reasoning != ""
	if s.Reasoning && a.Message.Content == "" && a.Finish == policy.Stopped {
		s.Notes = append(s.Notes, "all that the model said was told apart as reasoning, where calls in its text would not be seen: "+
			"if it does not think, serve it without a reasoning parser")
	}
	if s.Trainable = a.Untrainable; s.Trainable == "" {
		s.Trainable = "yes"
	}
	if s.Weights == "" && len(a.Versions) > 0 {
		s.Weights = a.Versions[0]
	}
}

var probeTool = policy.Tool{
	Name:       "look",
	Doc:        "Says what is in a folder.",
	Parameters: json.RawMessage(`{"type":"object","properties":{"folder":{"type":"string"}},"required":["folder"]}`),
}

// toolTrials are the temperatures at which a call of a tool is asked for, one after the
// other, until there is one. How a model calls its tools is part of what a play is, and
// must not hang on one throw of the dice, or on a server that hiccups.
var toolTrials = []float64{1, 0, 1}

// tool asks for a call of a tool. An error is ctx's. That no call came leaves the
// question of who calls open: a call that is forced (tool_choice) would not settle it,
// since nobody forces calls in play.
func (p *probe) tool(ctx context.Context, c *Client) error {
	if !c.driver.Tools {
		p.server.NoTools = "driver " + c.driver.Name + " has no calls"
		return nil
	}
	for i, temperature := range toolTrials {
		a, err := c.Complete(ctx, toolQuestion(i, temperature))
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("ask %s for a call of a tool: %w", p.server.Address, context.Cause(ctx))
		case err == nil:
			p.server.Tools, p.server.NoTools = true, ""
		case p.server.Tools:
			return nil // it took them before
		default:
			p.server.NoTools = cut(err.Error(), 300)
		}
		if _, refused := errors.AsType[*policy.RefusedError](err); refused {
			return nil
		}
		if err == nil && a.Message.Calls != nil {
			p.server.Called = true
			return nil
		}
	}
	return nil
}

// toolQuestion leaves room for thoughts when it is asked again.
func toolQuestion(i int, temperature float64) policy.Request {
	q := question("Call the tool look for the folder /tmp.")
	q.Tools = []policy.Tool{probeTool}
	q.Sampling.Temperature, q.Sampling.Seed = &temperature, new(int64(i))
	if i > 0 {
		q.Sampling.MaxTokens *= 4
	}
	return q
}

func (p *probe) stream(ctx context.Context, o Options) {
	c, err := New(o, p.server)
	if err == nil {
		_, err = c.Greet(ctx)
	}
	if err != nil {
		p.note("a stream", err)
		return
	}
	p.server.Stream = true
}

func (p *probe) note(what string, err error) {
	p.server.Notes = append(p.server.Notes, what+": "+cut(err.Error(), 300))
}

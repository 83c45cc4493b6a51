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

func (p *probe) note(what string, err error) {
	p.server.Notes = append(p.server.Notes, what+": "+cut(err.Error(), 300))
}

package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/selfplay-swe/ssr/policy"
)

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

// toolQuestion is asked again with room for thoughts, and a seed of its own.
func toolQuestion(i int, temperature float64) policy.Request {
	q := question("Call the tool look for the folder /tmp.")
	q.Tools = []policy.Tool{probeTool}
	q.Sampling.Temperature = &temperature
	if i > 0 {
		q.Sampling.Seed, q.Sampling.MaxTokens = new(int64(i)), 4*q.Sampling.MaxTokens
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

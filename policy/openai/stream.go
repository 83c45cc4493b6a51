package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/openai/openai-go/v3/packages/ssestream"
)

// stream reads an answer chunk by chunk into the one that would have come whole.
// openai-go's accumulator drops the fields that OpenAI does not have.
func (l *line) stream(ctx context.Context, path string, q *call, body *chatRequest, d dialect) (*reply, error) {
	r, err := l.open(ctx, path, q.header(), body)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	if kind := r.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		return nil, failed("the answer is %s and no stream", cut(kind, 40))
	}
	parts := &gathered{began: q.began}
	for events := ssestream.NewDecoder(r); !parts.done; {
		if !events.Next() {
			parts.err = events.Err()
			break
		}
		if err := l.chunk(ctx, r, events.Event().Data, parts); err != nil {
			return nil, err
		}
	}
	if err := parts.broken(ctx); err != nil {
		return nil, err
	}
	said, err := parts.whole().reply(d, r.Header)
	if err == nil {
		said.Timing.First = parts.first
	}
	return said, err
}

// chunk reads one part. An error in the middle of a stream is judged as if it had
// come at once.
func (l *line) chunk(ctx context.Context, r *http.Response, data []byte, parts *gathered) error {
	if parts.done = bytes.HasPrefix(data, []byte("[DONE]")); parts.done {
		return nil
	}
	var part struct {
		chatAnswer
		Error json.RawMessage `json:"error"`
	}
	if err := l.unmarshal(r, data, &part); err != nil {
		return err
	}
	if part.Error != nil && string(part.Error) != "null" {
		return l.midway(ctx, r, data, part.Error)
	}
	parts.add(&part.chatAnswer)
	return nil
}

// gathered are the parts of an answer.
type gathered struct {
	answer    chatAnswer
	choice    chatChoice
	content   strings.Builder
	reasoning strings.Builder
	arguments []*strings.Builder // one for each call
	chosen    bool
	done      bool
	err       error
	began     time.Time
	first     time.Duration
}

func (g *gathered) add(part *chatAnswer) {
	if g.first == 0 {
		g.first = time.Since(g.began)
	}
	if g.answer.ID == "" {
		g.answer.ID, g.answer.Model = part.ID, part.Model
	}
	if g.answer.Prompt == nil {
		g.answer.Prompt = part.Prompt
	}
	if part.Usage != (usage{}) {
		g.answer.Usage = part.Usage
	}
	if part.Metadata.list() != nil {
		g.answer.Metadata = part.Metadata
	}
	if len(part.Choices) > 0 {
		g.chosen = true
		g.addChoice(&part.Choices[0])
	}
}

func (g *gathered) addChoice(part *chatChoice) {
	g.content.WriteString(string(part.Delta.Content))
	g.reasoning.WriteString(string(part.Delta.Reasoning + part.Delta.Older))
	for _, call := range part.Delta.Calls {
		g.addCall(call)
	}
	g.choice.IDs = append(g.choice.IDs, part.IDs...)
	g.choice.Logprobs.Content = append(g.choice.Logprobs.Content, part.Logprobs.Content...)
	if g.choice.Prompt == nil {
		g.choice.Prompt = part.Prompt
	}
	if part.Finish != "" {
		g.choice.Finish, g.choice.Matched = part.Finish, part.Matched
	}
}

// addCall adds to the call that the part is of. Parts come in order, and one that
// has a new index or a new id begins a new call.
func (g *gathered) addCall(part chatCall) {
	calls := g.choice.Message.Calls
	last := len(calls) - 1
	if last < 0 || part.Index != calls[last].Index || part.ID != "" && part.ID != calls[last].ID {
		g.choice.Message.Calls = append(calls, part)
		g.arguments = append(g.arguments, &strings.Builder{})
		last++
	}
	g.arguments[last].WriteString(string(part.Function.Arguments))
}

// broken says why the parts are not all.
func (g *gathered) broken(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return &failure{err: context.Cause(ctx)}
	case g.err != nil:
		return &failure{err: fmt.Errorf("read a stream: %w", g.err)}
	case g.chosen && g.choice.Finish == "":
		return failed("the stream ended before the answer did")
	}
	return nil
}

func (g *gathered) whole() *chatAnswer {
	if !g.chosen {
		return &g.answer
	}
	said := &g.choice.Message
	said.Content, said.Reasoning = text(g.content.String()), text(g.reasoning.String())
	for i, arguments := range g.arguments {
		said.Calls[i].Function.Arguments = text(arguments.String())
	}
	g.answer.Choices = []chatChoice{g.choice}
	return &g.answer
}

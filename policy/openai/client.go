package openai

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/selfplay-swe/ssr/policy"
)

// Options say which model is asked, and how. The zero value of each is the
// default.
type Options struct {
	Endpoint    string            // such as http://localhost:8000/v1; without a path, /v1 is added
	Model       string            // as the server calls it; may be empty where it serves one
	Key         Key               // see NewKey; zero: none is sent
	KeyFrom     string            // the environment variable it came from, for messages; default OPENAI_API_KEY
	Driver      string            // the name of one of Drivers; "": what Probe found, or else openai
	Stream      bool              // answers are streamed, where the driver can; Timing.First is known then
	Concurrency int               // calls at once; default 128
	Timeout     time.Duration     // of one try; default 10 minutes
	Tries       int               // of one call, at most; default 8
	Pause       time.Duration     // before the second try; doubles, up to 30 seconds; default 500 ms
	Seed        uint64            // of the jitter of pauses
	MaxAnswer   int64             // bytes of one answer; default 32 MiB
	Weights     func() string     // the version of the weights, where a trainer tells: better than what a server does; called before and after each try, side by side
	Ends        []int32           // the ids that end a turn, if they are known
	Template    Template          // for drivers that send ids; default ChatML
	Transport   http.RoundTripper // default: one of its own
}

// A Client asks one model of one server. It is a policy.Policy and a
// policy.Identifier, safe for concurrent use.
type Client struct {
	options Options
	server  Server
	driver  *Driver
	line    *line
	places  chan struct{}
	end     atomic.Pointer[[]int32] // the ids of Template.End, once they were asked for
}

// New returns a client of a server that Probe looked at, and sends nothing. A nil
// server is one of which nothing is known but what the options say.
func New(o Options, s *Server) (*Client, error) {
	if s == nil {
		s = &Server{}
	}
	o.fill()
	if o.Model == "" && len(s.Models) == 1 {
		o.Model = s.Models[0]
	}
	name := cmp.Or(o.Driver, s.Driver, "openai")
	driver := driverOf(name)
	line, err := dial(o)
	switch {
	case err != nil:
		return nil, err
	case driver == nil:
		return nil, fmt.Errorf("no driver is called %q; there are %s", name, driverNames())
	case o.Model == "":
		return nil, nameless(line.address, s.Models)
	}
	return &Client{options: o, server: *s, driver: driver, line: line, places: make(chan struct{}, o.Concurrency)}, nil
}

// nameless refuses options that name no model.
func nameless(address string, models []string) error {
	if len(models) == 0 {
		return fmt.Errorf("%s lists no models: name one, or mind the address, which is perhaps not one of OpenAI's kind or lacks its /v1", address)
	}
	return fmt.Errorf("no model is named for %s, which serves %s", address, list(models))
}

func (o *Options) fill() {
	o.KeyFrom = cmp.Or(o.KeyFrom, "OPENAI_API_KEY")
	o.Concurrency = cmp.Or(o.Concurrency, 128)
	o.Timeout = cmp.Or(o.Timeout, 10*time.Minute)
	o.Tries = cmp.Or(o.Tries, 8)
	o.Pause = cmp.Or(o.Pause, 500*time.Millisecond)
	o.MaxAnswer = cmp.Or(o.MaxAnswer, 32<<20)
	o.Template = cmp.Or(o.Template, ChatML)
}

// check refuses numbers that mean nothing.
func (o *Options) check() error {
	if o.Concurrency < 0 || o.Timeout < 0 || o.Tries < 0 || o.Pause < 0 || o.MaxAnswer < 0 {
		return fmt.Errorf("concurrency %d, timeout %v, tries %d, pause %v, longest answer %d: none may be negative, and 0 is the default",
			o.Concurrency, o.Timeout, o.Tries, o.Pause, o.MaxAnswer)
	}
	return nil
}

// Identity names the model, and what is known of the server.
func (c *Client) Identity() string {
	text := c.options.Model + " by " + c.driver.Name
	if c.server.Version != "" {
		text += " " + c.server.Version
	}
	return text
}

// Complete asks for the next message of a conversation. It tries again what may
// get better. A try that the server broke off is such, unless it is the last.
func (c *Client) Complete(ctx context.Context, r policy.Request) (*policy.Answer, error) {
	if len(r.Tools) > 0 && !c.driver.Tools {
		return nil, fmt.Errorf("driver %s takes no tools: offer them as text", c.driver.Name)
	}
	began, waited := time.Now(), time.Duration(0)
	for try := 1; ; try++ {
		a, queued, err := c.try(ctx, r, try)
		waited += queued
		if err == nil && (a.Finish != policy.Aborted || try == c.options.Tries) {
			a.Try, a.Timing.Began, a.Timing.Waited = try, began, waited
			return a, nil
		}
		pause, err := c.again(ctx, r, try, err)
		if err != nil {
			return nil, err
		}
		waited += pause
	}
}

// try takes a place and asks once.
func (c *Client) try(ctx context.Context, r policy.Request, try int) (*policy.Answer, time.Duration, error) {
	began := time.Now()
	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
	start := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, c.options.Timeout, errSlow{c.options.Timeout})
	defer cancel()
	a, err := c.once(ctx, &call{Request: r, client: c, try: try, began: start})
	return a, start.Sub(began), err
}

// once asks, between two looks at the version of the weights.
func (c *Client) once(ctx context.Context, q *call) (*policy.Answer, error) {
	q.version = c.version(ctx)
	reply, err := c.ask(ctx, q)
	if err != nil {
		return nil, err
	}
	a := &reply.Answer
	c.options.Key.hide(a)
	a.Timing.Total = time.Since(q.began)
	if told := distinct(q.version, c.version(ctx)); told != nil {
		a.Versions = told
	}
	a.Sampling, a.Mode = q.Sampling, c.server.Mode
	a.RequestID = c.options.Key.scrub(a.RequestID) // which may be from a header
	if a.Model == "" {
		a.Model = c.options.Model
	}
	if reply.ends == nil {
		reply.ends = c.options.Ends
	}
	if a.Untrainable == "" {
		a.Untrainable = a.Check(reply.ends)
	}
	return a, nil
}

// ask asks once more without MaxTokens where the prompt and so many do not fit into
// the context together, which servers refuse as if the prompt did not: what the
// context leaves is less, and enough for an answer, perhaps.
func (c *Client) ask(ctx context.Context, q *call) (*reply, error) {
	said, err := c.driver.ask(ctx, q)
	_, full := errors.AsType[*policy.ContextError](err)
	if !full || q.Sampling.MaxTokens == 0 || c.driver.Name == generateDriver.Name && c.server.Context == 0 {
		return said, err
	}
	q.Sampling.MaxTokens = 0
	return c.driver.ask(ctx, q)
}

// version is that of the weights, from whoever tells; "": nobody does.
func (c *Client) version(ctx context.Context) string {
	if c.options.Weights != nil {
		return c.options.Weights()
	}
	if c.server.WeightsAt == "" {
		return ""
	}
	version, _ := c.line.weights(ctx, c.server.WeightsAt) // without one, it is not known
	return version
}

// distinct is nil unless both versions are known.
func distinct(before, after string) []string {
	switch {
	case before == "" || after == "":
		return nil
	case before == after:
		return []string{before}
	}
	return []string{before, after}
}

func list(names []string) string {
	if len(names) == 0 {
		return "models that it does not list"
	}
	const most = 20
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s, and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

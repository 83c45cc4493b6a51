package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai"
)

// A seat is who plays a role.
type seat struct {
	role     string // "injector" or "solver"
	flag     string // that filled it
	model    string // "": the one that the server serves
	endpoint string // "": the built-in player
}

// builtIn names the built-in player where a model could be named.
const builtIn = "built-in"

func (s seat) isModel() bool { return s.endpoint != "" }

// same says whether one client can serve both seats.
func (s seat) same(o seat) bool {
	from, _ := s.key()
	other, _ := o.key()
	return s.model == o.model && s.endpoint == o.endpoint && from == other
}

// seats says who plays. A role's own flag counts before --model, and --endpoint
// alone means that whatever it serves plays both.
func (f *modelFlags) seats() (injector, solver seat, err error) {
	whole := f.both
	if whole == "" && (f.endpoint == "" || f.injector != "" || f.solver != "") {
		whole = builtIn
	}
	injector, err = f.seat("injector", f.injector, whole)
	if err != nil {
		return injector, solver, err
	}
	solver, err = f.seat("solver", f.solver, whole)
	return injector, solver, err
}

func (f *modelFlags) seat(role, own, whole string) (seat, error) {
	s := seat{role: role, flag: "--model"}
	if own != "" {
		s.flag = "--" + role + "-model"
	}
	text := cmp.Or(own, whole)
	if text == builtIn {
		return s, nil
	}
	var at string
	s.model, at = splitModel(text)
	if s.endpoint = cmp.Or(at, f.endpoint); s.endpoint == "" {
		return s, misuse{fmt.Errorf("%s is %s, and no server is named that has it: give --endpoint URL, such as http://localhost:8000/v1, or %[1]s %[2]s@URL", s.flag, s.model)}
	}
	return s, nil
}

// splitModel splits NAME@URL. The names of models may have an @ of their own.
func splitModel(text string) (name, endpoint string) {
	for _, scheme := range []string{"@http://", "@https://"} {
		if i := strings.Index(text, scheme); i >= 0 {
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

// probeLimit is how long the questions of a probe may take. A model that is slow
// to load answers within it, and a server that hangs is not waited for.
const probeLimit = 5 * time.Minute

// leastContext is the shortest context that a conversation can be had in: the
// injector's rules and a few files take half of it.
const leastContext = 8192

// A model is who sits on a seat that is not the built-in player's, and what is known
// of its server.
type model struct {
	policy policy.Policy
	name   string
	server *openai.Server
}

// invite asks the model of a seat a few questions, and returns it ready to play.
func (s seat) invite(ctx context.Context, conversations int) (*model, error) {
	server, err := s.probe(ctx)
	if err != nil {
		return nil, err
	}
	if n := server.Context; n > 0 && n < leastContext {
		return nil, misuse{fmt.Errorf("%s: %s has a context of %d tokens, in which nothing can be done: serve the model with %d or more", s.role, server.Address, n, leastContext)}
	}
	options := s.options()
	options.Concurrency = conversations
	client, err := openai.New(options, server)
	if err != nil {
		return nil, misuse{fmt.Errorf("%s: %w", s.role, err)}
	}
	name := s.model
	if name == "" {
		name = server.Models[0]
	}
	return &model{&guarded{Client: client}, name, server}, nil
}

// probe asks the model of a seat a few questions. A server that is not there is the
// machine's fault, one that refuses the caller's.
func (s seat) probe(ctx context.Context) (*openai.Server, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, probeLimit, fmt.Errorf("no answer within %v", probeLimit))
	defer cancel()
	server, err := openai.Probe(ctx, s.options())
	if err == nil {
		return server, nil
	}
	if s.role != "" {
		err = fmt.Errorf("%s: %w", s.role, err)
	}
	if _, gone := errors.AsType[*policy.UnavailableError](err); gone || ctx.Err() != nil {
		return nil, err
	}
	return nil, misuse{err}
}

func (s seat) options() openai.Options {
	o := openai.Options{Endpoint: s.endpoint, Model: s.model}
	o.KeyFrom, o.Key = s.key()
	return o
}

// key returns the key for the seat's server, and the variable that it is from.
func (s seat) key() (from string, key openai.Key) {
	const common = "OPENAI_API_KEY"
	own := "SSR_" + strings.ToUpper(s.role) + "_KEY"
	if text := os.Getenv(own); text != "" {
		return own, openai.NewKey(text)
	}
	return common, openai.NewKey(os.Getenv(common))
}

// line says in a sentence what a model and its server can do, and how it calls tools
// in this play.
func (m *model) line(role string, f *modelFlags) string {
	s := m.server
	parts := []string{fmt.Sprintf("%s: %s at %s", role, m.name, s.Address), strings.TrimSpace(s.Driver + " " + s.Version)}
	if s.Context > 0 {
		parts = append(parts, fmt.Sprintf("context %d tokens", s.Context))
	}
	parts = append(parts, f.calls(s))
	if s.Trainable == "yes" {
		return strings.Join(append(parts, "answers can be trained on"), ", ")
	}
	return strings.Join(append(parts, "answers cannot be trained on: "+s.Trainable), ", ")
}

// calls says how tools are called, and why so where that is not what it should be.
func (f *modelFlags) calls(s *openai.Server) string {
	switch {
	case f.text != nil && *f.text:
		return "tools called in text, as --text-tools says"
	case f.text != nil && !s.Tools:
		return "native tools, as --text-tools=false says, though the server took none (" + s.NoTools + ")"
	case !s.Tools:
		return "tools called in text, since the server took none (" + s.NoTools + "; --text-tools=false if it should have)"
	case !s.Called:
		return "native tools, though it called none when asked to (--text-tools if it never does)"
	}
	return "native tools"
}

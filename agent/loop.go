package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/sandbox"
)

// A Loop runs policies in sandboxes. Its fields are set once; it is then safe for
// concurrent use.
type Loop struct {
	Policy   policy.Policy
	Sampling policy.Sampling // nil fields: temperature 1, top-p 1; the seed is the job's
	Limits   Limits
	Tools    []Tool   // nil: those of [Tools]
	Submit   Tool     // zero: Submit without parameters
	Text     bool     // tools are called in the text of an answer, for policies without native calls
	Journal  *Journal // nil: a trajectory that is broken off is lost
}

// A Job is one conversation.
type Job struct {
	ID      string // names it: in the journal, and to the server
	Seed    uint64 // all chance of the sampling comes from it, as far as the server keeps to seeds
	Box     sandbox.Sandbox
	System  string // the rules of the role
	Request string // what is asked

	// Submitted looks at what the policy submits. It returns what is to be mended,
	// which the policy is shown, or "" to accept it, which ends the trajectory. An
	// error is the machine's. Nil accepts everything. Where a trajectory is resumed
	// it is called again for what was submitted before.
	Submitted func(ctx context.Context, args Args) (problem string, err error)
}

// Validate refuses a loop that cannot run.
func (l *Loop) Validate() error {
	if l.Policy == nil {
		return errors.New("agent: the loop has no policy")
	}
	return errors.Join(l.Limits.Validate(), checkTools(l.Tools, l.Text), checkSubmit(l.Submit))
}

// Run lets the policy act until a Stop. Where the journal holds the beginning of
// this trajectory, that is done again and not asked for again. An error is the
// machine's or ctx's; every step that was made until then is in the journal.
func (l *Loop) Run(ctx context.Context, job Job) (_ *Trajectory, err error) {
	if err := l.Validate(); err != nil {
		return nil, err
	}
	c, err := l.begin(job)
	if err != nil {
		return nil, fmt.Errorf("agent: %w", err)
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.resume(ctx); err != nil {
		return nil, fmt.Errorf("agent: go on: %w", err)
	}
	for c.t.Stop == 0 {
		if err := c.turn(ctx); err != nil {
			return nil, fmt.Errorf("agent: turn %d: %w", len(c.t.Steps)+1, err)
		}
	}
	return c.t, nil
}

// A conversation is a trajectory that is under way.
type conversation struct {
	*Loop
	job      Job
	limits   Limits
	t        *Trajectory
	env      *Env
	kept     *entry
	messages []policy.Message
	tools    toolbox
	native   []policy.Tool  // what is offered to the server; nil: tools are called in texts
	last     *policy.Answer // with its whole prompt; nil: none was given yet
	used     int            // tokens of the conversation, as the server counts them; 0: not known
	spent    time.Duration  // by answers and actions
	wrong    int            // actions in a row that were none
}

func (l *Loop) begin(job Job) (*conversation, error) {
	c := &conversation{Loop: l, job: job, limits: l.Limits.Complete(), tools: l.all()}
	c.env = newEnv(job.Box, c.limits.Command)
	c.t = &Trajectory{Opening: l.opening(job, c.tools), Steps: []Step{}}
	c.messages = slices.Clone(c.t.Messages)
	if !l.Text {
		c.native = c.tools.native()
	}
	var err error
	c.kept, err = l.Journal.open(c.t.Opening)
	return c, err
}

func (l *Loop) opening(job Job, tools toolbox) Opening {
	system := job.System
	if l.Text {
		system = strings.TrimRight(system, "\n") + "\n\n" + tools.manual()
	}
	return Opening{
		Version: TrajectoryVersion, ID: job.ID, Seed: job.Seed, Policy: Identity(l.Policy),
		Text: l.Text, Tools: tools.names(), Limits: l.Limits.Complete(), Sampling: l.sampling(job.Seed, 0),
		Messages: []policy.Message{{Role: policy.System, Content: system}, {Role: policy.User, Content: job.Request}},
	}
}

// Identity is p's identity, by its Go type when it has none to tell.
func Identity(p policy.Policy) string {
	if i, ok := p.(policy.Identifier); ok {
		return i.Identity()
	}
	return fmt.Sprintf("%T", p)
}

// Identity says in a line what the loop's trajectories depend on, the prompts
// aside.
func (l *Loop) Identity() string {
	kind := "native"
	if l.Text {
		kind = "text"
	}
	limits := l.Limits.Complete()
	return fmt.Sprintf("%s, %s, observations of %d bytes, commands of %v, %d malformed, %d turns, %d tokens, %v; %s tools %s",
		Identity(l.Policy), l.sampled(), limits.Observation, limits.Command, limits.Malformed, limits.Turns, limits.Tokens, limits.Wall, kind, l.all())
}

// sampled says how answers are sampled.
func (l *Loop) sampled() string {
	s := l.sampling(0, 0)
	text := fmt.Sprintf("temperature %g, top-p %g", *s.Temperature, *s.TopP)
	if s.MaxTokens > 0 {
		text += fmt.Sprintf(", at most %d tokens an answer", s.MaxTokens)
	}
	if s.Stop != nil {
		text += fmt.Sprintf(", stopped by %q", s.Stop)
	}
	return text
}

// all lists the tools, submit last.
func (l *Loop) all() toolbox {
	tools, submit := l.Tools, l.Submit
	if tools == nil {
		tools = Tools()
	}
	if submit.Name == "" {
		submit = Submit("Ends the work: what the tree holds now is handed in.")
	}
	return append(slices.Clip(tools), submit)
}

// sampling is that of a turn.
func (l *Loop) sampling(seed uint64, turn int) policy.Sampling {
	s := l.Sampling
	if s.Temperature == nil {
		s.Temperature = new(1.0)
	}
	if s.TopP == nil {
		s.TopP = new(1.0)
	}
	s.Seed = new(int64((seed + uint64(turn)) & (1<<31 - 1))) // what every server takes
	return s
}

func (c *conversation) close() error { return errors.Join(c.env.close(), c.kept.close()) }

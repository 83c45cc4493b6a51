package solve

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"text/template"

	"github.com/selfplay-swe/ssr/agent"
)

// An Agent is a Solver that lets a policy work at the desk: its system prompt is
// the role's rules, the request is the task's, with the specification, and
// nothing else of the game reaches it (rules, section 3). Its record is the
// [agent.Trajectory] as JSON. Its fields are set once; it is then safe for
// concurrent use.
type Agent struct {
	Loop agent.Loop
}

//go:embed prompt.tmpl
var promptText string

var prompt = template.Must(template.New("prompt").Parse(promptText))

// Identity says what the solver's play depends on.
func (a *Agent) Identity() string {
	sum := sha256.Sum256([]byte(promptText))
	return fmt.Sprintf("agent: %s; prompt %x", a.Loop.Identity(), sum[:4])
}

// Solve lets the policy make one attempt.
func (a *Agent) Solve(ctx context.Context, d *Desk) (Ending, error) {
	job, err := a.job(d)
	if err != nil {
		return Ending{}, err
	}
	t, err := a.Loop.Run(ctx, job)
	if err != nil {
		return Ending{}, err
	}
	record, err := json.Marshal(t)
	return Ending{Stop: t.Stop, Record: record}, err
}

// Replay does again, at a fresh desk of the same task, what a trajectory did, and
// returns where the observations differ. It asks no policy; the loop's tools must
// be those that the trajectory was made with.
func (a *Agent) Replay(ctx context.Context, task *Task, t *agent.Trajectory) (_ []agent.Difference, err error) {
	desk, err := task.Open(ctx, t.Seed)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, desk.Close()) }()
	job, err := a.job(desk)
	if err != nil {
		return nil, err
	}
	return a.Loop.Replay(ctx, job, t)
}

// job is the conversation at a desk.
func (a *Agent) job(d *Desk) (agent.Job, error) {
	var system bytes.Buffer
	if err := prompt.Execute(&system, a.Loop.Limits.Complete()); err != nil {
		return agent.Job{}, err
	}
	return agent.Job{
		ID:      fmt.Sprintf("solve-%.16s-%016x", d.Task.Key, d.Seed),
		Seed:    d.Seed,
		Box:     d.Box,
		System:  system.String(),
		Request: d.Task.Request + "\n```diff\n" + string(bytes.ToValidUTF8(d.Task.Specification, []byte("\uFFFD"))) + "```\n",
	}, nil
}

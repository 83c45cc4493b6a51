package local

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/selfplay-swe/ssr/work"
)

// A group is one that was started, and how far it is.
type group struct {
	work.Group
	seq     int64    // groups are numbered as they are started
	content []byte   // work.Group as JSON, which its ID stands for
	tasks   []*chain // in the order of work.Group
	finish  *chain   // nil: none
	outcome []byte   // work.Outcome as JSON; nil: not done
	done    chan struct{}
}

func newGroup(content []byte, seq int64) (*group, error) {
	var data work.Group
	if err := json.Unmarshal(content, &data); err != nil {
		return nil, err
	}
	g := &group{Group: data, content: content, seq: seq, done: make(chan struct{})}
	for i, task := range data.Tasks {
		g.tasks = append(g.tasks, &chain{group: g, index: i, steps: task.Steps, data: task.Input})
	}
	if data.Finish != "" {
		g.finish = &chain{group: g, index: len(data.Tasks), steps: []string{data.Finish}}
	}
	return g, nil
}

// chain returns that of a task, or behind the last one that of Finish.
func (g *group) chain(index int) *chain {
	if index == len(g.tasks) {
		return g.finish
	}
	return g.tasks[index]
}

// quorate says whether there are as many outputs as the group asks for.
func (g *group) quorate() bool {
	outputs := 0
	for _, c := range g.tasks {
		if c.over && c.err == "" {
			outputs++
		}
	}
	return g.Quorum > 0 && outputs >= g.Quorum
}

// waits says whether a task is not over.
func (g *group) waits() bool {
	return slices.ContainsFunc(g.tasks, func(c *chain) bool { return !c.over })
}

func (g *group) results() []work.Result {
	results := make([]work.Result, len(g.tasks))
	for i, c := range g.tasks {
		results[i] = work.Result{Task: g.Tasks[i].ID, Error: c.err}
		switch {
		case c.err == "":
			results[i].Output = slices.Clone(c.data)
		case c.err != work.Cancelled:
			results[i].Step = c.kind()
		}
	}
	return results
}

// end writes the outcome of a group that has nothing more to do.
func (g *group) end(err string) {
	outcome := work.Outcome{Results: g.results(), Error: err}
	if g.finish != nil && g.finish.over {
		outcome.Output, outcome.Error = g.finish.data, g.finish.err
		if outcome.Error != "" {
			outcome.Output = nil
		}
	}
	g.outcome, _ = json.Marshal(outcome) // strings and bytes: there is always JSON of them
}

// A chain is the steps of one task, or the one of a Finish.
type chain struct {
	group *group
	index int // of the task
	steps []string

	step          int                     // the one that is due or running
	data          []byte                  // its input; when all are done, the last one's output
	begun, failed int                     // tries of it
	due           bool                    // its first turn has come
	cancel        context.CancelCauseFunc // of its try; nil: it does not run

	over bool
	err  string // why it is over without output; "": it has its output
}

// A step is what the journal keeps of one.
type step struct {
	begun, failed int // tries
	done          bool
	output        []byte
	err           string // of the last try that failed
	final         bool   // it failed for good
}

// restore takes over what an earlier process did: its steps come in their order.
func (c *chain) restore(s step) {
	c.begun, c.failed = s.begun, s.failed
	switch {
	case s.done:
		c.advance(s.output)
	case s.final:
		c.fail(s.err)
	case s.begun-s.failed >= maxLost:
		c.fail(fmt.Sprintf("begun %d times by processes that then died: it is not tried again, since it may be what kills them", s.begun-s.failed))
	}
}

// advance goes on to the next step.
func (c *chain) advance(output []byte) {
	c.data, c.step, c.begun, c.failed = output, c.step+1, 0, 0
	c.over = c.step == len(c.steps)
}

// fail ends the chain.
func (c *chain) fail(err string) { c.over, c.err = true, err }

// kind is that of the step that is due.
func (c *chain) kind() string { return c.steps[c.step] }

// input is what the step is given. It shares no memory with the executor.
func (c *chain) input() work.Input {
	in := work.Input{Group: c.group.ID, Tasks: len(c.group.tasks)}
	if c == c.group.finish {
		in.Results = c.group.results()
		return in
	}
	in.Task = c.group.Tasks[c.index].ID
	if len(c.data) > 0 {
		in.Data = slices.Clone(c.data)
	}
	return in
}

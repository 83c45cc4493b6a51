// Package work is durable fan-out: groups of tasks, a task being a chain of
// steps. Whatever a step returned is kept before the next begins, so that work
// that was killed goes on where it was. It knows nothing of the game.
//
// A [Group] is data: which steps there are, what they are given and what follows
// when all are done. A [Kind] is what a process knows of the steps of one kind:
// the [Handler] that does them, how many at one time, how long and how often. An
// [Executor] brings the two together. Group and outcome hold nothing of a process,
// so that the one that started a group, those that do its steps and the one that
// reads its outcome may be different ones.
//
// work/local is the executor in this process, with its journal in SQLite, and
// work/worktest the suite that every executor passes.
//
// What goes through an executor is small: names, seeds, references to what is
// kept elsewhere. It is written at each step, and read again by whoever goes on.
//
// Left out: priorities (groups are done in the order they were started in, which
// ends what is begun), steps that wait for a clock, graphs of tasks (a chain, a
// barrier and one more step are all that a game of groups needs; what follows
// from an outcome is a new group, started by the one that read it), and messages
// to steps that run.
package work

import (
	"context"
	"errors"
	"time"
)

// A Group is tasks that are done side by side, and one step that follows when
// they are. Its outcome is a function of what its steps return, whatever the
// executor, the number of processes and how often they were killed.
type Group struct {
	ID     string // unique in the executor's journal, for ever
	Tasks  []Task // in the order of the outcome's results
	Quorum int    // with the outputs of so many tasks the others are cancelled; 0: all go on to their end
	Finish string // the kind of the step that gets all results; "": none
}

// A Task is a chain of steps. The output of each is the input of the next.
type Task struct {
	ID    string   // unique in its group
	Steps []string // kinds of steps, each with a Handler
	Input []byte   // of the first step: small, and references to what is large
}

// An Input is what a step is given.
type Input struct {
	Group, Task string
	Tasks       int      // of the group
	Data        []byte   // the task's input, or the last step's output
	Results     []Result // of a Finish: those of the tasks, in their order
}

// A Handler does the steps of one kind. An error is the machine's: the step is
// tried again, as often as Kind allows, unless the error is Permanent or Fatal; a
// panic is an error too. What a player did wrong is output. ctx ends, with its cause,
// at the Timeout, when the task is cancelled and when the executor is closed.
// Empty output and none are the same. A step can be done twice where a process was killed
// after it and before its output was kept, so doing it again must do no harm.
type Handler func(ctx context.Context, in Input) ([]byte, error)

// A Kind says how steps of one kind are done.
type Kind struct {
	Handler Handler
	Limit   int           // how many at one time; 0: as many as the executor likes
	Timeout time.Duration // of one try; 0: none
	Retries int           // after the first try
}

// Cancelled is the Error of what was ended before it was done: of a Result by
// its group's Quorum or by Cancel, of an Outcome by Cancel.
const Cancelled = "cancelled"

// A Result is what became of a task.
type Result struct {
	Task   string `json:"task"`
	Output []byte `json:"output,omitempty"` // of its last step
	Error  string `json:"error,omitempty"`  // why it has no output: a step that failed for good, or Cancelled
	Step   string `json:"step,omitempty"`   // the step that failed
}

// An Outcome is what became of a group.
type Outcome struct {
	Results []Result `json:"results"`          // one for each task, in their order
	Output  []byte   `json:"output,omitempty"` // of Finish
	Error   string   `json:"error,omitempty"`  // Finish failed for good, or the group was cancelled
}

// An Executor does groups. Steps of groups that were started earlier come first.
// What a step begins it ends: an executor never leaves a handler running that it
// does not wait for when it is closed. It is safe for concurrent use.
type Executor interface {
	// Start begins a group and returns when that is durable. A group that was
	// started before, also by an earlier process, is not begun again: what is
	// done of it stays done, and the rest goes on. A group of the same ID and
	// with other content is refused.
	Start(ctx context.Context, group Group) error

	// Wait waits for a group to be done, and returns the same outcome however
	// often it is asked. A group that an earlier process left unfinished goes on
	// by this too. An error is the executor's own ([ErrClosed], [ErrUnknown], one
	// that was [Fatal]) or ctx's, which ends only the waiting; none of them says
	// anything about the group.
	Wait(ctx context.Context, id string) (*Outcome, error)

	// Cancel ends a group, its Finish too. What is done of it stays, the rest is
	// cancelled, and stays so; a group that is done is left as it is.
	Cancel(ctx context.Context, id string) error
}

var (
	// ErrClosed is an executor's answer after it was closed, also to those that
	// wait while it is.
	ErrClosed = errors.New("the executor is closed")

	// ErrUnknown says that no group of such an ID was ever started.
	ErrUnknown = errors.New("no such group was started")
)

// Package work is durable fan-out: groups of tasks, a task being a chain of
// steps. Whatever a step returned is kept before the next begins, so that work
// that was killed goes on where it was. It knows nothing of the game.
package work

import (
	"context"
	"time"
)

// A Group is tasks that are done side by side, and one step that follows when
// they are. Its outcome is a function of what its steps return, whatever the
// executor, the number of processes and how often they were killed.
type Group struct {
	ID     string // unique in the executor's journal, for ever
	Tasks  []Task // in the order of the outcome's results
	Quorum int    // with so many tasks done the others are cancelled; 0: all must be done
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
// tried again, as often as Kind allows, unless the error is Permanent. What a
// player did wrong is output. A step can be done twice where a process was killed
// after it and before its output was kept, so doing it again must do no harm.
type Handler func(ctx context.Context, in Input) ([]byte, error)

// A Kind says how steps of one kind are done.
type Kind struct {
	Handler Handler
	Limit   int           // how many at one time; 0: as many as the executor likes
	Timeout time.Duration // of one try; 0: none
	Retries int           // after the first try
}

// A Result is what became of a task.
type Result struct {
	Task   string `json:"task"`
	Output []byte `json:"output,omitempty"` // of its last step
	Error  string `json:"error,omitempty"`  // why it has no output: a step that failed for good, or "cancelled"
	Step   string `json:"step,omitempty"`   // the step that failed
}

// An Outcome is what became of a group.
type Outcome struct {
	Results []Result `json:"results"`          // one for each task, in their order
	Output  []byte   `json:"output,omitempty"` // of Finish
	Error   string   `json:"error,omitempty"`  // Finish failed for good, or the group was cancelled
}

// An Executor does groups. Steps of groups that were started earlier come first.
// It is safe for concurrent use.
type Executor interface {
	// Start begins a group and returns when that is durable. A group that was
	// started before, also by an earlier process, is not begun again: what is
	// done of it stays done, and the rest goes on.
	Start(ctx context.Context, group Group) error

	// Wait waits for a group to be done, and returns the same outcome however
	// often it is asked. An error is the executor's own, or ctx's; neither says
	// anything about the group.
	Wait(ctx context.Context, id string) (*Outcome, error)

	// Cancel ends a group. What is done of it stays, the rest is cancelled.
	Cancel(ctx context.Context, id string) error
}

// Permanent marks an error that trying again will not help.
func Permanent(err error) error { return &permanentError{err} }

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

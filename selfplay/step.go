package selfplay

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/work"
)

// Kinds are the steps of a round, for an executor: of this process, or of
// another one that has an Engine of the same configuration and the same Archive.
// What goes from one step to the next is small, and names blobs of the archive;
// a bug is made again from its five files, which costs nothing where the runs of
// the tests are kept.
func (e *Engine) Kinds() map[string]work.Kind {
	return map[string]work.Kind{
		StagePrepare: e.kind(e.Stages.Prepare, e.prepared),
		StageInject:  e.kind(e.Stages.Inject, step(e, StageInject, e.inject)),
		StageVerify:  e.kind(e.Stages.Verify, step(e, StageVerify, e.verify)),
		StageAttempt: e.kind(e.Stages.Attempt, step(e, StageAttempt, e.attempt)),
		StageGrade:   e.kind(e.Stages.Grade, step(e, StageGrade, e.grade)),
		StageScore:   {Handler: e.score},
	}
}

func (e *Engine) kind(stage Stage, handler work.Handler) work.Kind {
	return work.Kind{
		Handler: handler,
		Limit:   cmp.Or(stage.Limit, runtime.GOMAXPROCS(0)),
		Timeout: cmp.Or(stage.Timeout, 30*time.Minute),
		Retries: retries(e.Stages),
	}
}

func retries(s Stages) int { return max(0, cmp.Or(s.Retries, 2)) }

// A payload is what a task's steps hand on: what was asked for, what came of it
// so far, and what that cost.
type payload interface {
	event() Event
	spent() *[]span
}

// A span is what one step took.
type span struct {
	Stage   string    `json:"stage"`
	Began   time.Time `json:"began"`
	Ended   time.Time `json:"ended"`
	Runs    int       `json:"runs,omitempty"`
	Saved   int       `json:"saved,omitempty"`
	Retries int       `json:"retries,omitempty"`
}

// spans is the part of a payload that every step adds to.
type spans struct {
	Spans []span `json:"spans"`
}

func (s *spans) spent() *[]span { return &s.Spans }

// step makes a handler of a function that fills in a payload. The function
// returns the runs that it made and saved.
func step[T any, P interface {
	*T
	payload
}](e *Engine, stage string, do func(context.Context, P) (runs, saved int, err error)) work.Handler {
	return func(ctx context.Context, in work.Input) ([]byte, error) {
		data := P(new(T))
		if err := json.Unmarshal(in.Data, data); err != nil {
			return nil, work.Permanent(fmt.Errorf("%s: read the payload: %w", stage, err))
		}
		e.tellOf(data, stage, false, nil)
		began := time.Now()
		runs, saved, err := caught(e, ctx, data, do)
		err = full(err)
		e.tellOf(data, stage, true, err)
		retries := e.shared().tried(in.Group+"\x00"+in.Task+"\x00"+stage, err)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", stage, err)
		}
		*data.spent() = append(*data.spent(), span{stage, began.UTC(), time.Now().UTC(), runs, saved, retries})
		return json.Marshal(data)
	}
}

// caught makes an error of a panic, in words that are the same each time: they
// become part of a Round. The stack goes to the log.
func caught[P payload](e *Engine, ctx context.Context, data P, do func(context.Context, P) (runs, saved int, err error)) (runs, saved int, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			first, _, _ := strings.Cut(fmt.Sprint(cause), "\n")
			err = fmt.Errorf("panic: %s", first)
			e.log().Error(err.Error(), "stack", string(debug.Stack()))
		}
	}()
	return do(ctx, data)
}

// tellOf tells of a step.
func (e *Engine) tellOf(data payload, stage string, done bool, err error) {
	event := data.event()
	event.Stage, event.Done, event.Err = stage, done, err
	e.tell(event)
}

// tried counts the tries of a step that this process saw fail, until one does not.
func (s *state) tried(step string, err error) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.tries[step]++
		return 0
	}
	defer delete(s.tries, step)
	return s.tries[step]
}

// tell tells of an event, one at a time.
func (e *Engine) tell(event Event) {
	if e.Progress == nil {
		return
	}
	s := e.shared()
	s.telling.Lock()
	defer s.telling.Unlock()
	e.Progress(event)
}

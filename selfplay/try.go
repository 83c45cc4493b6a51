package selfplay

import (
	"context"
	"errors"
	"fmt"

	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/verify"
	"github.com/selfplay-swe/ssr/work"
)

// A try is the payload of StageAttempt and StageGrade.
type try struct {
	Round    int    `json:"round"`
	Child    int    `json:"child"` // from 1: of the second-order bug that attempt Child-1 left; 0: first order
	Attempt  int    `json:"attempt"`
	Source   Source `json:"source"`
	Snapshot string `json:"snapshot"`
	Seed     uint64 `json:"seed,string"`  // the attempt's
	Whole    uint64 `json:"whole,string"` // the round's
	Files    Ref    `json:"files"`        // the bug
	Left     Ref    `json:"left"`         // second order: what the failed attempt left, as JSON of solve.Child

	// of StageAttempt
	Patch   Ref    `json:"patch"`
	Full    Ref    `json:"full"` // the same, against the tree of the first bug
	Stop    string `json:"stop"`
	Problem string `json:"problem"`
	Record  Ref    `json:"record"`

	// of StageGrade
	Outcome verify.Outcome `json:"outcome,omitempty"`
	Reason  string         `json:"reason"`
	Grade   Ref            `json:"grade"`
	Public  verify.Tally   `json:"public"`
	Private verify.Tally   `json:"private"`
	Heir    *heir          `json:"heir,omitempty"` // first order: the bug that it can become
	spans
}

// An heir is a failed attempt that can become a bug.
type heir struct {
	Of         int    `json:"of"`
	Tree       string `json:"tree"`
	FailToPass int    `json:"fail_to_pass"`
	Left       Ref    `json:"left"` // as JSON of solve.Child
}

func (t *try) event() Event {
	event := Event{Source: t.Source.Repo, Round: t.Round, Attempt: t.Attempt, Child: t.Child}
	switch {
	case t.Outcome != 0:
		event.Text = fmt.Sprintf("%s: %s", t.Outcome, t.Reason)
	case t.Stop != "":
		event.Text = t.Stop
	}
	return event
}

// result is the try as it is kept.
func (t *try) result() Attempt {
	return Attempt{
		Index: t.Attempt, Seed: t.Seed, Outcome: t.Outcome, Stop: t.Stop, Reason: t.Reason,
		Patch: t.Patch, Grade: t.Grade, Record: t.Record, Public: t.Public, Private: t.Private,
	}
}

func (e *Engine) attempt(ctx context.Context, t *try) (runs, saved int, err error) {
	g, err := e.at(ctx, t.Source, t.Snapshot)
	if err != nil {
		return 0, 0, err
	}
	task, err := e.task(ctx, g, t)
	if err != nil {
		return 0, 0, err
	}
	made, err := solve.Run(ctx, e.Solver, task, t.Seed)
	if err != nil {
		return 0, 0, err
	}
	t.Stop, t.Problem = made.Stop.String(), made.Problem
	for ref, blob := range map[*Ref][]byte{&t.Patch: made.Patch, &t.Full: made.Full, &t.Record: made.Record} {
		if *ref, err = e.put(ctx, blob); err != nil {
			return 0, 0, err
		}
	}
	return 0, 0, nil
}

func (e *Engine) grade(ctx context.Context, t *try) (runs, saved int, err error) {
	g, err := e.at(ctx, t.Source, t.Snapshot)
	if err != nil {
		return 0, 0, err
	}
	task, err := e.task(ctx, g, t)
	if err != nil {
		return 0, 0, err
	}
	made, err := e.made(ctx, t)
	if err != nil {
		return 0, 0, err
	}
	grade, err := task.Grade(ctx, g.judge, made, verify.GradeOptions{})
	if err != nil {
		return 0, 0, err
	}
	t.Outcome, t.Reason, t.Public, t.Private = grade.Outcome, grade.Reason, grade.Public, grade.Private
	if t.Grade, err = e.write(ctx, grade.Grade); err != nil {
		return 0, 0, err
	}
	return grade.Runs, grade.RunsSaved, e.promote(ctx, g, t, made, grade)
}

// made reads what the attempt made.
func (e *Engine) made(ctx context.Context, t *try) (*solve.Attempt, error) {
	patch, err := e.blob(ctx, t.Patch)
	if err != nil {
		return nil, err
	}
	full, err := e.blob(ctx, t.Full)
	return &solve.Attempt{Patch: patch, Full: full, Problem: t.Problem}, err
}

// promote says what a failed attempt of the first order can become; there is
// never a third (rules, section 5).
func (e *Engine) promote(ctx context.Context, g *ground, t *try, made *solve.Attempt, grade *solve.Grade) error {
	if t.Child > 0 {
		return nil
	}
	found, err := e.bug(ctx, g, t.Files)
	if err != nil {
		return err
	}
	child, _, err := solve.Promote(found, made.Full, grade.Grade)
	if err != nil || child == nil {
		return err
	}
	t.Heir = &heir{Of: t.Attempt, Tree: child.Tree, FailToPass: len(child.FailToPass)}
	t.Heir.Left, err = e.write(ctx, child)
	return err
}

// taskKey identifies a task among those of a play: every attempt of a group is
// at the same one.
type taskKey struct {
	bug  bugKey
	left Ref
}

// task makes the task of an attempt.
func (e *Engine) task(ctx context.Context, g *ground, t *try) (*solve.Task, error) {
	s := e.shared()
	key := taskKey{bugKey{g.Snapshot.Key, t.Files}, t.Left}
	return s.tasks.get(ctx, key, func() (*solve.Task, error) {
		found, err := e.bug(ctx, g, t.Files)
		if err != nil {
			return nil, err
		}
		order := e.order(g, found, t.Whole)
		if t.Left != "" {
			order.Child = &solve.Child{}
			if err := e.read(ctx, t.Left, order.Child); err != nil {
				return nil, err
			}
		}
		task, err := solve.NewTask(ctx, order)
		if _, leak := errors.AsType[*solve.LeakError](err); leak {
			return nil, work.Permanent(err)
		}
		return task, err
	})
}

// order orders a bug of the first order, of the round with a seed.
func (e *Engine) order(g *ground, found verify.Bug, seed uint64) solve.Order {
	order := solve.Order{Bug: found, Provider: e.Provider, Limits: e.Verify.Limits}
	if g.Setup != nil {
		order.Setup = g.Setup.Dependencies
	}
	if e.Private > 0 {
		order.Private = solve.Private{Share: e.Private, Seed: Derive(seed, "private", 0)}
	}
	return order
}

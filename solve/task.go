package solve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/verify"
)

// A Task is what a solver is asked (rules, section 3): repair Tree so that the
// tests of Specification pass, and what passed before still does. [NewTask] makes
// one. It is immutable, and any number of attempts can be made at it at once.
type Task struct {
	Tree          *repo.Tree // original + bug + weakening, and the failed patch of a second-order bug
	Specification []byte     // the diff from Tree to the tests as they should be; computed from trees
	Request       string     // the fixed words that go with it
	Key           string     // identifies the task
	Private       []string   // of FAIL_TO_PASS: the tests that only score, since nothing of them is in Specification; sorted

	Provider sandbox.Provider
	Setup    *sandbox.Layer // what the tests need; nothing of it was made from the repository's own code
	Limits   sandbox.Limits
	Take     Limits // of what is taken from the desk

	bug        verify.Bug
	whole      *repo.Tree // Tree with what was left out of it: what a patch is graded on
	failToPass []string   // the bug's, or the child's
}

// request are the fixed words of every task.
const request = `The repository in the current folder has a defect. The diff below changes some of
its tests to what they should be. Change the code, not the tests, so that the
tests pass with this diff applied, and so that every test which passes now still
does. The diff is all that you are told, and it is not applied yet.
`

// An Order says what a task is made of.
type Order struct {
	Bug     verify.Bug
	Child   *Child  // not nil: the second-order bug that a failed attempt left
	Private Private // which part of the specification is withheld; zero: none

	Provider sandbox.Provider
	Setup    *sandbox.Layer // sandbox.Installed.Dependencies of the bug's snapshot
	Limits   sandbox.Limits
	Take     Limits
}

// NewTask makes a task. A [*LeakError] says that Setup holds what the solver is to
// find out; any other error is the host's, or a misuse.
func NewTask(ctx context.Context, o Order) (*Task, error) {
	t, err := newTask(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("solve: make the task: %w", err)
	}
	return t, nil
}

func newTask(ctx context.Context, o Order) (*Task, error) {
	switch {
	case o.Bug == verify.Bug{}:
		return nil, errors.New("the bug is zero; it must be one that Report.Bug returned")
	case o.Provider == nil:
		return nil, errors.New("there is no provider of sandboxes")
	}
	if err := o.Private.Validate(); err != nil {
		return nil, err
	}
	t := &Task{
		Request:  request,
		Provider: o.Provider, Setup: o.Setup, Limits: o.Limits,
		Take: o.Take.Complete(),
		bug:  o.Bug, failToPass: o.Bug.FailToPass(),
	}
	if o.Child != nil {
		t.failToPass = o.Child.FailToPass
	}
	var err error
	if t.whole, err = o.tree(); err != nil {
		return nil, err
	}
	if t.Tree, err = withoutLeftovers(t.whole, o.Bug.Original()); err != nil {
		return nil, err
	}
	if err := t.specify(o.Private); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "task %s %s %d\n%s", o.Bug.Key(), t.Tree.Key(), len(t.Specification), t.Specification))
	t.Key = hex.EncodeToString(sum[:])
	return t, t.leaks(ctx)
}

// tree is what the solver is to repair.
func (o Order) tree() (*repo.Tree, error) {
	if o.Child == nil {
		return o.Bug.Weakened(), nil
	}
	patch, err := bug.ParsePatch(o.Child.Patch)
	if err != nil {
		return nil, fmt.Errorf("the failed patch: %w", err)
	}
	tree, err := patch.Apply(o.Bug.Weakened())
	if err != nil {
		return nil, fmt.Errorf("the failed patch: %w", err)
	}
	return tree, nil
}

// specify computes the specification: what turns the oracle's tests, as they are
// in Tree, into those of the original.
func (t *Task) specify(private Private) error {
	restored, err := t.bug.Restored(t.Tree)
	if err != nil {
		return err
	}
	if t.Specification, err = repo.Diff(t.Tree, restored); err != nil {
		return err
	}
	if private.Share == 0 {
		return nil
	}
	return t.withhold(private, restored)
}

// hidden lists which of the tests that are to pass the weakening hides.
func (t *Task) hidden() []string {
	hidden := t.bug.Hidden()
	return slices.DeleteFunc(slices.Clone(t.failToPass), func(id string) bool { return !slices.Contains(hidden, id) })
}

package agent

import (
	"fmt"
	"slices"
	"time"

	"github.com/selfplay-swe/ssr/policy"
)

// TrajectoryVersion names the form of a stored Trajectory. Fields may be added
// under one name; a field that is there keeps its meaning.
const TrajectoryVersion = "ssr.trajectory/1"

// A Trajectory is one conversation of a policy with a sandbox: everything that was
// said, in order, and enough to make each prompt again.
type Trajectory struct {
	Opening
	Steps   []Step    `json:"steps"`
	Stop    Stop      `json:"stop"`
	Detail  string    `json:"detail,omitempty"` // what the stop was about, in a sentence
	Submit  Args      `json:"submit,omitempty"` // what the policy submitted with, if it did
	Resumed []Resumed `json:"resumed,omitempty"`

	// Untrainable is why its role says that no part of it may be trained on; "": it
	// does not. [Trajectory.Trainable] knows more.
	Untrainable string `json:"untrainable,omitempty"`
}

// An Opening is what a trajectory begins with. A trajectory is gone on with only
// by who would begin it in the same way.
type Opening struct {
	Version  string           `json:"version"` // TrajectoryVersion
	ID       string           `json:"id"`
	Policy   string           `json:"policy"` // as it identifies itself, or its Go type
	Seed     uint64           `json:"seed,string"`
	Text     bool             `json:"text"` // tools are called in texts
	Tools    []string         `json:"tools"`
	Limits   Limits           `json:"limits"`
	Sampling policy.Sampling  `json:"sampling"`
	Messages []policy.Message `json:"messages"`
}

// A Step is one turn: what the policy said, and what came of it.
type Step struct {
	// Shared is how many ids Answer.Prompt begins with that the call before it
	// ended with, its prompt and then its completion. They are left out of
	// Answer.Prompt, so that a trajectory's size grows with its length and not
	// with the square of it; [Trajectory.Prompt] puts them back.
	Shared int            `json:"shared"`
	Answer *policy.Answer `json:"answer"`

	Action      *Action       `json:"action,omitempty"`    // nil: Malformed says why
	Malformed   string        `json:"malformed,omitempty"` // why there was no action
	Failed      bool          `json:"failed,omitempty"`    // the action did not do what was asked
	Observation string        `json:"observation"`         // as the policy is shown it; "" after a submit that was taken
	Took        time.Duration `json:"took"`                // the action alone
}

// Resumed says that a trajectory was gone on with in a new sandbox.
type Resumed struct {
	After   int   `json:"after"`             // so many steps, whose actions were done again
	Differs []int `json:"differs,omitempty"` // those of them (from 0) whose observations were others this time
}

// Prompt returns the ids of step i's prompt, and nil where they are not known.
func (t *Trajectory) Prompt(i int) []int32 {
	if s := t.Steps[i]; s.Shared == 0 && s.Answer.Prompt == nil {
		return nil
	}
	first := i
	for first > 0 && t.Steps[first].Shared > 0 {
		first--
	}
	var ids []int32
	for _, s := range t.Steps[first:i] {
		ids = append(append(ids[:min(s.Shared, len(ids))], s.Answer.Prompt...), s.Answer.Completion...)
	}
	last := t.Steps[i]
	return append(ids[:min(last.Shared, len(ids))], last.Answer.Prompt...)
}

// share leaves out of an answer's prompt what it shares with the last answer's
// prompt and completion, and returns how much that was.
func share(last, a *policy.Answer) (shared int) {
	if a.Prompt == nil {
		return 0
	}
	if last != nil {
		if shared = common(last.Prompt, a.Prompt); shared == len(last.Prompt) {
			shared += common(last.Completion, a.Prompt[shared:])
		}
	}
	a.Prompt = slices.Clone(a.Prompt[shared:])
	return shared
}

// common is how many ids two lists begin with in common.
func common(a, b []int32) int {
	n := min(len(a), len(b))
	for i, id := range a[:n] {
		if id != b[i] {
			return i
		}
	}
	return n
}

// submits says whether the step ended the trajectory by a submit that was taken.
func (s Step) submits() bool {
	return s.Action != nil && s.Action.Tool == submitName && !s.Failed
}

// observation is the message that follows a step.
func (s Step) observation() []policy.Message {
	if s.Observation == "" {
		return nil
	}
	if len(s.Answer.Message.Calls) == 0 {
		return []policy.Message{{Role: policy.User, Content: s.Observation}}
	}
	var list []policy.Message
	for _, call := range s.Answer.Message.Calls {
		list = append(list, policy.Message{Role: policy.Observed, CallID: call.ID, Content: s.Observation})
	}
	return list
}

// Conversation returns all messages, from the opening to the last observation.
func (t *Trajectory) Conversation() []policy.Message {
	list := append([]policy.Message(nil), t.Messages...)
	for _, s := range t.Steps {
		list = append(append(list, s.Answer.Message), s.observation()...)
	}
	return list
}

// Answers returns what the policy said, each answer with its whole prompt: the turns
// of a script (package scripted) that plays the trajectory back.
func (t *Trajectory) Answers() []policy.Answer {
	list := make([]policy.Answer, len(t.Steps))
	for i, s := range t.Steps {
		list[i] = *s.Answer
		list[i].Prompt = t.Prompt(i)
	}
	return list
}

// Trainable says why no part of the trajectory may be trained on; "" if some may.
func (t *Trajectory) Trainable() string {
	if t.Untrainable != "" {
		return t.Untrainable
	}
	for _, r := range t.Resumed {
		if len(r.Differs) > 0 {
			return fmt.Sprintf("resumed after %d steps, and what was done again came to something else", r.After)
		}
	}
	return ""
}

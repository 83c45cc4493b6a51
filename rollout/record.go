package rollout

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/train"
)

// measure reads the lengths of a trajectory from the record of who made it, where
// that is a model's.
func (r *reader) measure(s *train.Sample, record selfplay.Ref) error {
	t, err := r.trajectory(record)
	if t == nil || err != nil {
		return err
	}
	if i := slices.IndexFunc(t.Steps, func(s agent.Step) bool { return s.Answer == nil }); i >= 0 {
		return fmt.Errorf("record: step %d has no answer", i)
	}
	if s.Stop, err = stopOf(t.Stop.String()); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	if class := untrainable(t); class != "" {
		s.Stop = class
	}
	for _, step := range t.Steps {
		tokens := cmp.Or(len(step.Answer.Completion), step.Answer.Usage.Completion)
		s.Turns = append(s.Turns, train.Turn{Tokens: tokens, Malformed: step.Malformed != ""})
		s.Tokens += tokens
	}
	s.Steps, s.Input = len(t.Steps), read(t, s)
	return nil
}

// trajectory reads a record, and returns nil if it is no model's.
func (r *reader) trajectory(record selfplay.Ref) (*agent.Trajectory, error) {
	if record == "" {
		return nil, nil
	}
	text, err := r.blobs.Blob(r.ctx, record)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	var kind struct{ Version string }
	if err := json.Unmarshal(text, &kind); err != nil {
		return nil, nil // a player may keep what it likes
	}
	var trajectory agent.Trajectory
	var injection inject.Record
	switch kind.Version {
	case agent.TrajectoryVersion:
		err = json.Unmarshal(text, &trajectory)
	case inject.RecordVersion:
		if err = json.Unmarshal(text, &injection); err == nil {
			return injection.Trajectory, nil
		}
	default:
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("record: %s: %w", kind.Version, err)
	}
	return &trajectory, nil
}

// untrainable is the class of the first answer whose tokens must not be trained on.
// One whose class is not known, and a conversation that was resumed and came to
// something else, are mismatches.
func untrainable(t *agent.Trajectory) train.Stop {
	for _, step := range t.Steps {
		if step.Answer.Untrainable == "" {
			continue
		}
		switch class, _, _ := strings.Cut(step.Answer.Untrainable, ":"); class {
		case policy.NoTokenIDs, policy.Abort:
			return train.Stop(class)
		}
		return train.PolicyMismatch
	}
	if t.Trainable() != "" {
		return train.PolicyMismatch
	}
	return ""
}

// read is how many tokens were read that were not sampled: the last prompt and what
// was answered to it are the whole conversation.
func read(t *agent.Trajectory, s *train.Sample) int {
	last := len(t.Steps) - 1
	if last < 0 {
		return 0
	}
	prompt := cmp.Or(t.Steps[last].Answer.Usage.Prompt, len(t.Prompt(last)))
	return max(0, prompt+s.Turns[last].Tokens-s.Tokens)
}

package rollout_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/reward"
	"github.com/selfplay-swe/ssr/rollout"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/train"
	"github.com/selfplay-swe/ssr/verify"
)

// blobs are kept under names of the test's choice.
type blobs map[selfplay.Ref][]byte

func (b blobs) Blob(_ context.Context, ref selfplay.Ref) ([]byte, error) {
	if blob, ok := b[ref]; ok {
		return blob, nil
	}
	return nil, fmt.Errorf("blob %s: %w", ref, fs.ErrNotExist)
}

func (b blobs) put(t *testing.T, ref selfplay.Ref, value any) selfplay.Ref {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	b[ref] = text
	return ref
}

const broke = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-good\n+bad\n"

// played is a round with a model's attempt, the built-in player's, one that was lost
// to the machine, and one on a second-order bug.
func played(t *testing.T) (*selfplay.Round, blobs) {
	kept := blobs{"patch": []byte("a patch")}
	answer := func(prompt, completion int) *policy.Answer {
		return &policy.Answer{Finish: policy.Stopped, Usage: policy.Usage{Prompt: prompt, Completion: completion}}
	}
	model := agent.Trajectory{Opening: agent.Opening{Version: agent.TrajectoryVersion}, Stop: agent.MaxTurns,
		Steps: []agent.Step{{Answer: answer(100, 20)}, {Answer: answer(150, 5), Malformed: "no call"}}}
	mute := model
	mute.Steps = []agent.Step{{Answer: &policy.Answer{Finish: policy.Stopped, Untrainable: policy.NoTokenIDs + ": the server gave no ids of the answer"}}}
	injected := model
	injected.Stop = agent.Submitted

	pay, lost, cost := 1.0, -1.0, 0.7
	grade := func(name selfplay.Ref, o verify.Outcome, failing, missing []string) selfplay.Ref {
		return kept.put(t, name, verify.Grade{Outcome: o, Failing: failing, Missing: missing})
	}
	return &selfplay.Round{
		Index: 3, Source: "repository", Consistent: true, Bug: "bug", Scored: true, Reward: &cost, Solved: 1, Counted: 4,
		Artifact: kept.put(t, "artifact", bug.Files{Inject: []byte(broke)}),
		Report:   kept.put(t, "report", map[string]any{"fail_to_pass": []string{"f"}, "pass_to_pass": []string{"p", "q"}}),
		Record:   kept.put(t, "injection", inject.Record{Version: inject.RecordVersion, Trajectory: &injected}),
		Attempts: []selfplay.Attempt{
			{Index: 0, Outcome: verify.Resolved, Stop: "submitted", Reward: &pay, Patch: "patch", Grade: grade("g0", verify.Resolved, nil, nil),
				Record: kept.put(t, "search", map[string]any{"version": "ssr.baseline.solve/1"})},
			{Index: 1, Outcome: verify.Unresolved, Stop: "max_turns", Reward: &lost, Grade: grade("g1", verify.Unresolved, []string{"f"}, []string{"p"}),
				Record: kept.put(t, "model", model)},
			{Index: 2, Outcome: verify.Errored, Reason: "the sandbox was lost"},
			{Index: 3, Outcome: verify.Unresolved, Stop: "gave_up", Reward: &lost, Grade: grade("g3", verify.Unresolved, nil, nil)},
			{Index: 4, Outcome: verify.EmptyPatch, Stop: "submitted", Reward: &lost, Grade: grade("g4", verify.EmptyPatch, nil, nil), Record: kept.put(t, "mute", mute)},
		},
		Children: []selfplay.Child{{Of: 1, Attempts: []selfplay.Attempt{
			{Outcome: verify.Unresolved, Stop: "timeout", Reward: &lost, Grade: grade("g5", verify.Unresolved, []string{"f"}, nil)}}}},
	}, kept
}

func TestOf(t *testing.T) {
	round, kept := played(t)
	rollouts, err := rollout.Of(t.Context(), kept, round)
	require.NoError(t, err)
	turns := []train.Turn{{Tokens: 20}, {Tokens: 5, Malformed: true}}
	want := []train.Sample{
		{ID: "round/3", Role: "injector", Group: "repository", Stop: train.Submitted, Reward: 0.7, Tokens: 25, Input: 130, Turns: turns, Steps: 2},
		{ID: "round/3/attempt/0", Stop: train.Submitted, Reward: 1},
		{ID: "round/3/attempt/1", Stop: train.MaxSteps, Reward: -1, Tokens: 25, Input: 130, Turns: turns, Steps: 2},
		{ID: "round/3/attempt/2", Stop: train.EnvLost},
		{ID: "round/3/attempt/3", Stop: train.MaxSteps, Reward: -1},
		{ID: "round/3/attempt/4", Stop: train.PolicyNoTokens, Reward: -1, Turns: []train.Turn{{}}, Steps: 1},
		{ID: "round/3/child/1/attempt/0", Group: "round/3/child/1", Stop: train.Timeout, Reward: -1},
	}
	for i := range want {
		if i > 0 {
			want[i].Role, want[i].Parent = "solver", "repository"
			if want[i].Group == "" {
				want[i].Group = "round/3"
			}
		}
		require.Equal(t, want[i], rollouts[i].Sample)
	}
	require.Len(t, rollouts, len(want))
	require.Equal(t, &rollout.Bug{Valid: true, Solved: 1, Counted: 4, Attempts: 5}, rollouts[0].Bug)
}

// What the judge said is evidence; a grade that says no without a test that failed
// rests on no run, and none of its tests passed.
func TestEvidence(t *testing.T) {
	round, kept := played(t)
	rollouts, err := rollout.Of(t.Context(), kept, round)
	require.NoError(t, err)
	expected := map[string]string{"f": "passed", "p": "passed", "q": "passed"}
	undo := []string{"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-bad\n+good\n"}
	lists := reward.Evidence{FailToPass: []string{"f"}, PassToPass: []string{"p", "q"}, Expected: expected, OraclePatches: undo}

	right := lists
	right.Verdict, right.Results, right.Patches = reward.Resolved, expected, []string{"a patch"}
	require.Equal(t, right, rollouts[1].Evidence)

	wrong := lists
	wrong.Verdict, wrong.Results, wrong.Steps, wrong.Tokens = reward.Unresolved, map[string]string{"f": "failed", "q": "passed"}, 2, 25
	require.Equal(t, wrong, rollouts[2].Evidence)

	require.Equal(t, reward.Evidence{}, rollouts[3].Evidence, "the machine's")
	require.Empty(t, rollouts[4].Evidence.Results)
	require.Empty(t, rollouts[6].Evidence.OraclePatches, "of a second-order bug")
}

func TestInjectionsWithoutPay(t *testing.T) {
	for name, test := range map[string]struct {
		round selfplay.Round
		stop  train.Stop
		why   string
	}{
		"a duplicate":        {selfplay.Round{Consistent: true, Duplicate: &selfplay.Duplicate{Of: 1, By: "tree"}}, train.Submitted, "a duplicate of round/1, by tree: no attempts, no pay"},
		"lost":               {selfplay.Round{Errored: "the disk is full"}, train.EnvLost, ""},
		"refused by a check": {selfplay.Round{}, train.Submitted, ""},
	} {
		rollouts, err := rollout.Of(t.Context(), blobs{}, &test.round)
		require.NoError(t, err, name)
		require.Len(t, rollouts, 1)
		require.Equal(t, test.stop, rollouts[0].Sample.Stop, name)
		require.Equal(t, test.why, rollouts[0].Unpaid, name)
	}
}

// Attempts on a bug for which nobody is paid are compared with nobody.
func TestUnscoredAttempts(t *testing.T) {
	round, kept := played(t)
	round.Scored = false
	rollouts, err := rollout.Of(t.Context(), kept, round)
	require.NoError(t, err)
	require.Equal(t, train.Incomplete, rollouts[1].Sample.Stop)
	require.Equal(t, train.EnvLost, rollouts[3].Sample.Stop)
}

// Tokens that must not be trained on are told by the stop, whichever way it is known.
func TestTokensThatDoNotTrain(t *testing.T) {
	for want, text := range map[train.Stop]string{
		train.PolicyNoTokens: `"steps":[{"answer":{"finish":"stop"}},{"answer":{"finish":"stop","untrainable":"policy.no_token_ids: none"}}]`,
		train.PolicyAbort:    `"steps":[{"answer":{"finish":"stop","untrainable":"policy.abort: broken off"}}]`,
		train.PolicyMismatch: `"steps":[{"answer":{"finish":"stop","untrainable":"of a newer kind"}}]`,
		train.Submitted:      `"steps":[{"answer":{"finish":"stop"}}],"resumed":[{"after":1}]`,
	} {
		text = `{"version":"ssr.trajectory/1","stop":"submitted",` + text + `}`
		rollouts, err := rollout.Of(t.Context(), blobs{"r": []byte(text)}, &selfplay.Round{Record: "r"})
		require.NoError(t, err)
		require.Equal(t, want, rollouts[0].Sample.Stop, text)
	}
	resumed := `{"version":"ssr.trajectory/1","stop":"submitted","steps":[{"answer":{"finish":"stop"}}],"resumed":[{"after":1,"differs":[0]}]}`
	rollouts, err := rollout.Of(t.Context(), blobs{"r": []byte(resumed)}, &selfplay.Round{Record: "r"})
	require.NoError(t, err)
	require.Equal(t, train.PolicyMismatch, rollouts[0].Sample.Stop)
}

// What cannot be read is an error that says where, and no rollout is made up.
func TestWhatCannotBeRead(t *testing.T) {
	for want, spoil := range map[string]func(*selfplay.Round, blobs){
		`round 3: round/3/attempt/0: no stop is called "bored"`: func(r *selfplay.Round, _ blobs) { r.Attempts[0].Stop = "bored" },
		`round 3: report: blob report: file does not exist`:     func(_ *selfplay.Round, b blobs) { delete(b, "report") },
		`round 3: round/3/attempt/1: record: blob model: `:      func(_ *selfplay.Round, b blobs) { delete(b, "model") },
		`round/3/attempt/1: record: ssr.trajectory/1: json: `:   func(_ *selfplay.Round, b blobs) { b["model"] = []byte(`{"version":"ssr.trajectory/1","steps":7}`) },
		`round/3/attempt/1: record: step 0 has no answer`: func(_ *selfplay.Round, b blobs) {
			b["model"] = []byte(`{"version":"ssr.trajectory/1","stop":"submitted","steps":[{}]}`)
		},
		`round/3/attempt/3: grade: unexpected end of JSON`: func(_ *selfplay.Round, b blobs) { b["g3"] = []byte("{") },
	} {
		round, kept := played(t)
		spoil(round, kept)
		_, err := rollout.Of(t.Context(), kept, round)
		require.ErrorContains(t, err, want)
	}
}

// Records are a player's: whatever they are, they are read or refused.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"version":"ssr.trajectory/1","stop":"submitted","steps":[{"shared":7,"answer":{"finish":"stop","prompt_ids":[1],"untrainable":"x"}}]}`))
	f.Add([]byte(`{"version":"ssr.agent-injection/1","trajectory":null}`))
	f.Add([]byte(`7`))
	f.Fuzz(func(t *testing.T, record []byte) {
		rollouts, err := rollout.Of(t.Context(), blobs{"r": record}, &selfplay.Round{Record: "r"})
		if err == nil && len(rollouts) != 1 {
			t.Fatalf("%d rollouts", len(rollouts))
		}
	})
}

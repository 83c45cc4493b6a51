package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/preset"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/store"
	"github.com/selfplay-swe/ssr/verify"
)

// played stores a play of two rounds: a bug that one of four attempts repairs, a
// fifth being lost to the machine, and an artifact that the judge refused.
func played(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "play.db")
	kept, err := store.Open(file, store.Options{})
	require.NoError(t, err)
	put := func(value any) selfplay.Ref {
		text, err := json.Marshal(value)
		require.NoError(t, err)
		ref, err := kept.Put(t.Context(), text)
		require.NoError(t, err)
		return ref
	}
	require.NoError(t, kept.Begin(t.Context(), selfplay.Config{Version: selfplay.ConfigVersion, Reward: []byte("{}")}))
	invalid, paid, won, lost := -1.0, 0.55, 1.0, -1.0
	no := put(verify.Grade{Outcome: verify.Unresolved, Failing: []string{"f"}})
	require.NoError(t, kept.Save(t.Context(), &selfplay.Round{
		Version: selfplay.RoundVersion, Source: "calc", Bug: "bug", Consistent: true, Scored: true, Solved: 1, Counted: 4, Reward: &paid,
		Artifact: put(bug.Files{Inject: []byte("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-good\n+bad\n")}),
		Report:   put(map[string]any{"fail_to_pass": []string{"f"}, "pass_to_pass": []string{"p"}}),
		Attempts: []selfplay.Attempt{
			{Index: 0, Outcome: verify.Resolved, Stop: "submitted", Grade: put(verify.Grade{Outcome: verify.Resolved}), Reward: &won},
			{Index: 1, Outcome: verify.Unresolved, Stop: "submitted", Grade: no, Reward: &lost},
			{Index: 2, Outcome: verify.Unresolved, Stop: "gave_up", Grade: no, Reward: &lost},
			{Index: 3, Outcome: verify.Unresolved, Stop: "submitted", Grade: no, Reward: &lost},
			{Index: 4, Outcome: verify.Errored, Reason: "the sandbox was lost"},
		},
	}))
	require.NoError(t, kept.Save(t.Context(), &selfplay.Round{Version: selfplay.RoundVersion, Index: 1, Source: "calc",
		Refusal: &selfplay.Refusal{Check: "bug", Finding: "breaks nothing"}, Reward: &invalid}))
	require.NoError(t, kept.Close())
	return file
}

// program runs the program and returns its exit status and what it wrote.
func program(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	status = run(t.Context(), args, &out, &err)
	return status, out.String(), err.String()
}

// With alpha 0.8, one of four counted attempts pays 1 - 1.8/4 = 0.55.
func TestBatchIsATable(t *testing.T) {
	status, stdout, stderr := program(t, "batch", "--preset", "SSR", "--store", played(t))
	require.Zero(t, status, stderr)
	require.Equal(t, `group    role      sample             stop             reward  shaped  advantage  trains  why
calc     injector  round/0            submitted        0.55    0.55    0.775      yes     -
calc     injector  round/1            submitted        -1      -1      -0.775     yes     -
round/0  solver    round/0/attempt/0  submitted        1       1       1.5        yes     -
round/0  solver    round/0/attempt/1  submitted        -1      -1      -0.5       yes     -
round/0  solver    round/0/attempt/2  agent.max_steps  -1      -1      -0.5       no      overlong: ended by agent.max_steps
round/0  solver    round/0/attempt/3  submitted        -1      -1      -0.5       yes     -
round/0  solver    round/0/attempt/4  env.lost         -       -       -          no      machine: the machine's: env.lost

step   rule      groups  samples
fault  machine   0       1
mask   overlong  0       1

samples are counted from 0: round/0/attempt/2 is attempt 3 of round 1 in ssr play and ssr replay
`, stdout)
}

// Another system pays and compares the same attempts otherwise: 1 or 0, what a
// budget ended counting 0, each against the mean of the others.
func TestBatchOfAnotherSystem(t *testing.T) {
	status, stdout, stderr := program(t, "batch", "--preset", "deepswe", "--store", played(t))
	require.Zero(t, status, stderr)
	require.Equal(t, `group    role    sample             stop             reward  shaped  advantage  trains  why
round/0  solver  round/0/attempt/0  submitted        1       1       1          yes     -
round/0  solver  round/0/attempt/1  submitted        0       0       -0.333333  yes     -
round/0  solver  round/0/attempt/2  agent.max_steps  0       0       -0.333333  no      overlong: ended by agent.max_steps
round/0  solver  round/0/attempt/3  submitted        0       0       -0.333333  yes     -
round/0  solver  round/0/attempt/4  env.lost         -       -       -          no      machine: the machine's: env.lost

step   rule      groups  samples
fault  machine   0       1
mask   overlong  0       1

samples are counted from 0: round/0/attempt/2 is attempt 3 of round 1 in ssr play and ssr replay

note: no rollout has tokens, so none has a weight in the loss sequence_sum

left out: 2
  DeepSWE pays no injector: round/0, round/1
`, stdout)
}

// Every preset that trains makes a batch of one play, and says the same in JSON.
func TestBatchOfEveryPreset(t *testing.T) {
	file := played(t)
	for _, p := range preset.All() {
		if p.Recipe == nil {
			continue
		}
		status, stdout, stderr := program(t, "batch", "--preset", p.Name, "--store", file, "--json")
		require.Zero(t, status, stderr)
		var batch preset.Batch
		require.NoError(t, json.Unmarshal([]byte(stdout), &batch))
		require.Equal(t, p.Name, batch.Recipe)
		require.Equal(t, 7, len(batch.Sorted())+len(batch.LeftOut), "each of seven trajectories is accounted for")
	}
}

func TestBatchOfBadInput(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.db")
	kept, err := store.Open(empty, store.Options{})
	require.NoError(t, err)
	require.NoError(t, kept.Close())
	for want, args := range map[string][]string{
		"ssr: --preset is missing: name one of SSR, SWERL, ":                                {"--store", "play.db"},
		`ssr: --preset: there is no preset "GPT"; known are SSR, SWERL, SWESwiss,`:          {"--preset", "GPT", "--store", "play.db"},
		"ssr: preset InfCode does not train, so it makes no batches; those that do are SSR": {"--preset", "InfCode", "--store", played(t)},
		"ssr: --store is missing: name the file that ssr play made":                         {"--preset", "SSR"},
		"ssr: --store: stat nowhere.db: no such file or directory; name the file that":      {"--preset", "SSR", "--store", "nowhere.db"},
		" has no rounds yet; a batch needs finished ones":                                   {"--preset", "SSR", "--store", empty},
	} {
		status, stdout, stderr := program(t, append([]string{"batch"}, args...)...)
		require.Equal(t, statusUsage, status, want)
		require.Empty(t, stdout)
		require.Contains(t, stderr, want)
	}
}

package solve_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/scripted"
	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/verify"
)

func call(t *testing.T, tool string, args agent.Args) policy.Message {
	text, err := json.Marshal(args)
	require.NoError(t, err)
	return policy.Message{Calls: []policy.Call{{ID: "1", Name: tool, Arguments: string(text)}}}
}

// A policy is told the task and nothing of the game, and its patch is graded.
func TestAgent(t *testing.T) {
	g := play(t, "go")
	task := g.task(t, g.order())
	solver := &solve.Agent{Loop: agent.Loop{Policy: scripted.Say(
		call(t, "bash", agent.Args{"command": "git log --oneline --all | wc -l"}),
		call(t, "bash", agent.Args{"command": repaired}),
		call(t, "submit", nil),
	)}}
	a, err := solve.Run(t.Context(), solver, task, 1)
	require.NoError(t, err)
	require.Equal(t, solve.Submitted, a.Stop)
	require.Equal(t, verify.Resolved, g.grade(t, task, a).Outcome)

	var trajectory agent.Trajectory
	require.NoError(t, json.Unmarshal(a.Record, &trajectory))
	require.Len(t, trajectory.Steps, 3)
	require.Len(t, trajectory.Messages, 2)
	require.Equal(t, task.Request+"\n```diff\n"+string(task.Specification)+"```\n", trajectory.Messages[1].Content, "the diff, and the fixed words")
	require.Contains(t, trajectory.Messages[1].Content, "calc_test.go")
	for _, m := range trajectory.Messages {
		require.NotContains(t, m.Content, "a - b", "the bug is the solver's to find")
		require.NotRegexp(t, `(?i)inject|artifact|weaken|hidden|reward|test_script|test_parser|go test|--- FAIL`, m.Content, "nothing of the game, the script or its log")
	}
	require.Contains(t, trajectory.Steps[0].Observation, "1\n")

	again, err := solver.Replay(t.Context(), task, &trajectory)
	require.NoError(t, err)
	require.Empty(t, again)
	is := trajectory.Steps[0].Observation
	trajectory.Steps[0].Observation = "2\n"
	again, err = solver.Replay(t.Context(), task, &trajectory)
	require.NoError(t, err)
	require.Equal(t, []agent.Difference{{Step: 0, Was: "2\n", Is: is}}, again)
}

// Attempts at a task know nothing of each other: each has a sandbox of its own, and
// what one wrote anywhere is not there for the next.
func TestAttemptsAreApart(t *testing.T) {
	g := play(t, "go")
	task := g.task(t, g.order())
	const look = "echo here > /work/mark; echo here > /tmp/mark; echo here > ~/mark; git config user.mark here"
	for seed, say := range []string{look, "cat /work/mark /tmp/mark ~/mark; git config user.mark; git status --short"} {
		solver := &solve.Agent{Loop: agent.Loop{Limits: agent.Limits{Turns: 1}, Policy: scripted.Say(call(t, "bash", agent.Args{"command": say}))}}
		a, err := solve.Run(t.Context(), solver, task, uint64(seed))
		require.NoError(t, err)
		var trajectory agent.Trajectory
		require.NoError(t, json.Unmarshal(a.Record, &trajectory))
		require.NotContains(t, trajectory.Steps[0].Observation, "here")
		require.Equal(t, seed == 0, len(a.Patch) > 0, "what was written is the first one's alone")
	}
}

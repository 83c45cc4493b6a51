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
	require.Contains(t, trajectory.Messages[1].Content, "calc_test.go")
	require.NotContains(t, trajectory.Messages[1].Content, "a - b", "the bug is the solver's to find")
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

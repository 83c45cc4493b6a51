package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai"
)

// Who sits where follows from four flags.
func TestSeats(t *testing.T) {
	const here, there = "http://here/v1", "https://there/v1"
	for name, c := range map[string]struct {
		flags            modelFlags
		injector, solver seat // but for role and flag
	}{
		"nothing":                    {modelFlags{}, seat{}, seat{}},
		"an endpoint":                {modelFlags{endpoint: here}, seat{endpoint: here}, seat{endpoint: here}},
		"a model":                    {modelFlags{endpoint: here, both: "m"}, seat{model: "m", endpoint: here}, seat{model: "m", endpoint: here}},
		"a model that knows its own": {modelFlags{endpoint: here, both: "m@" + there}, seat{model: "m", endpoint: there}, seat{model: "m", endpoint: there}},
		"two models":                 {modelFlags{injector: "a@b@" + here, solver: "c@" + there}, seat{model: "a@b", endpoint: here}, seat{model: "c", endpoint: there}},
		"a solver":                   {modelFlags{endpoint: here, solver: "m"}, seat{}, seat{model: "m", endpoint: here}},
		"all but the solver":         {modelFlags{endpoint: here, both: "m", solver: builtIn}, seat{model: "m", endpoint: here}, seat{}},
	} {
		t.Run(name, func(t *testing.T) {
			injector, solver, err := c.flags.seats()
			require.NoError(t, err)
			require.Equal(t, []string{c.injector.model, c.injector.endpoint}, []string{injector.model, injector.endpoint})
			require.Equal(t, []string{c.solver.model, c.solver.endpoint}, []string{solver.model, solver.endpoint})
		})
	}
}

// A seat's own key is for its own server.
func TestKeys(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "common")
	t.Setenv("SSR_INJECTOR_KEY", "")
	t.Setenv("SSR_SOLVER_KEY", "own")
	from, key := seat{role: "injector"}.key()
	require.Equal(t, "OPENAI_API_KEY", from)
	require.Equal(t, openai.NewKey("common"), key)
	from, key = seat{role: "solver"}.key()
	require.Equal(t, "SSR_SOLVER_KEY", from)
	require.Equal(t, openai.NewKey("own"), key)
	require.False(t, seat{role: "injector"}.same(seat{role: "solver"}), "one server, and two keys")
}

// What a server cannot do its model is not asked for.
func TestLoopOfAServer(t *testing.T) {
	f := modelFlags{tokens: 131072, turns: 5}
	able := f.loop(&model{policy: policy.Func(nil), server: &openai.Server{Tools: true, Context: 32768}})
	require.False(t, able.Text)
	require.Equal(t, 32768, able.Limits.Tokens, "what a model is told is left is left")
	require.True(t, f.loop(&model{server: &openai.Server{}}).Text, "it takes no tools")
	f.text = true
	require.True(t, f.loop(&model{server: &openai.Server{Tools: true}}).Text)
}

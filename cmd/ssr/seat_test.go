package main

import (
	"slices"
	"testing"

	"github.com/spf13/pflag"
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
}

// A user who says how tools are called is obeyed, and is told; who does not is told why.
func TestHowToolsAreCalled(t *testing.T) {
	takes, refuses := &openai.Server{Tools: true, Called: true}, &openai.Server{NoTools: "start it with a parser"}
	for _, c := range []struct {
		flag   string
		server *openai.Server
		text   bool
		said   string
	}{
		{"", takes, false, "native tools"},
		{"", &openai.Server{Tools: true}, false, "native tools, though it called none when asked to (--text-tools if it never does)"},
		{"", refuses, true, "tools called in text, since the server took none (start it with a parser; --text-tools=false if it should have)"},
		{"--text-tools", takes, true, "tools called in text, as --text-tools says"},
		{"--text-tools=true", refuses, true, "tools called in text, as --text-tools says"},
		{"--text-tools=false", takes, false, "native tools"},
		{"--text-tools=false", refuses, false, "native tools, as --text-tools=false says, though the server took none (start it with a parser)"},
	} {
		var f modelFlags
		flags := pflag.NewFlagSet("play", pflag.ContinueOnError)
		f.register(flags)
		require.NoError(t, flags.Parse(slices.DeleteFunc([]string{c.flag}, func(s string) bool { return s == "" })))
		require.Equal(t, c.text, f.loop(&model{server: c.server}).Text, c)
		require.Equal(t, c.said, f.calls(c.server))
	}
}

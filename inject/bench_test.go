package inject_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/policy/scripted"
)

// What the engine itself costs an injection on a real module: a sandbox with the
// whole history, four turns, and the diffs.
func BenchmarkAgent(b *testing.B) {
	p, files := openProject(b, mux), written(b, "mux-removal")
	g := inject.Agent{Loop: agent.Loop{Policy: scripted.Say(
		hand(b, ".ssr", files),
		bash(b, "git log --oneline | wc -l"),
		bash(b, "git apply .ssr/bug_inject.diff .ssr/test_weaken.diff"),
		submit(b, ".ssr"),
	)}}
	for b.Loop() {
		made, err := g.Inject(b.Context(), p.assignment(inject.Removal))
		require.NoError(b, err)
		require.NotEmpty(b, made.Files.Weaken)
	}
}

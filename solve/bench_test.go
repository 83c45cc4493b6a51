package solve_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/solve"
)

// What the engine itself costs an attempt: a task (once for a bug), and a desk
// that nothing is done at.
func BenchmarkTask(b *testing.B) {
	g := play(b, "go")
	for b.Loop() {
		_, err := solve.NewTask(b.Context(), g.order())
		require.NoError(b, err)
	}
}

func BenchmarkDesk(b *testing.B) {
	task := play(b, "go").task(b, play(b, "go").order())
	for b.Loop() {
		desk, err := task.Open(b.Context(), 1)
		require.NoError(b, err)
		require.NoError(b, desk.Close())
	}
}

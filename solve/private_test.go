package solve_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/verify"
)

// Half of the specification is withheld: git applies what is left, the tests of
// the rest are named, and they score apart.
func TestPrivate(t *testing.T) {
	g := play(t, "go")
	seen := map[string]bool{}
	for seed := range uint64(8) {
		order := g.order()
		order.Private = solve.Private{Share: 0.5, Seed: seed}
		task := g.task(t, order)
		require.Len(t, task.Private, 1)
		require.Equal(t, task.Specification, g.task(t, order).Specification, "a seed decides")
		name := strings.TrimPrefix(task.Private[0], "example.com/calc ")
		require.NotContains(t, string(task.Specification), name+"(")
		require.Len(t, strings.Split(string(task.Specification), "\n@@ "), 2)
		seen[name] = true
	}
	require.Equal(t, map[string]bool{"TestAddMany": true, "TestSubMany": true}, seen)
}

func TestPrivateScoresApart(t *testing.T) {
	g := play(t, "go")
	order := g.order()
	order.Private = solve.Private{Share: 0.5}
	task := g.task(t, order)
	require.Equal(t, " calc_test.go | 6 ++++++\n 1 file changed, 6 insertions(+)\n", g.looks(t, task, "git apply - && git diff --stat"))
	half := map[string]string{"TestAddMany": `sed -i '/Sub(a/,$s/a + b/a - b/' sub.go`, "TestSubMany": `sed -i 's/a - b/a + b/' add.go`}
	a := g.attempt(t, task, half[strings.TrimPrefix(task.Private[0], "example.com/calc ")])
	grade := g.grade(t, task, a)
	require.Equal(t, verify.Unresolved, grade.Outcome)
	require.Equal(t, verify.Tally{Passed: 0, Total: 1}, grade.Private)
	require.Equal(t, 3, grade.Public.Total)
	require.Positive(t, grade.Public.Passed)
}

func TestPrivateShare(t *testing.T) {
	for _, share := range []float64{-0.1, 1, 2} {
		require.ErrorContains(t, solve.Private{Share: share}.Validate(), "at least 0 and below 1")
	}
	require.NoError(t, solve.Private{Share: 0.99}.Validate())
}

package solve_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/verify"
)

const repaired = `sed -i 's/a - b/a + b/' add.go; sed -i '/Sub(a/,$s/a + b/a - b/' sub.go`

// A task is clean: one commit that git finds unchanged, and a specification that
// git applies.
func TestTask(t *testing.T) {
	g := play(t, "go")
	task := g.task(t, g.order())
	out := g.looks(t, task, `git status --porcelain; git log --oneline | wc -l; git apply - && git diff --stat`)
	require.Equal(t, "1\n calc_test.go | 12 ++++++++++++\n 1 file changed, 12 insertions(+)\n", out)
	require.Empty(t, task.Private)
	require.NotContains(t, string(task.Specification), "add.go")
}

func TestSolved(t *testing.T) {
	g := play(t, "go")
	task := g.task(t, g.order())
	a := g.attempt(t, task, repaired)
	require.Equal(t, solve.Submitted, a.Stop)
	require.Contains(t, string(a.Patch), "+	return a + b")
	require.Equal(t, a.Patch, a.Full)
	grade := g.grade(t, task, a)
	require.Equal(t, verify.Resolved, grade.Outcome, grade.Reason)
	require.Equal(t, verify.Tally{Passed: 4, Total: 4}, grade.Public)
	require.Zero(t, grade.Private)
}

func TestNothingDone(t *testing.T) {
	g := play(t, "go")
	task := g.task(t, g.order())
	a := g.attempt(t, task, `git commit --allow-empty -qm x; touch add.go; echo x >/tmp/elsewhere`)
	require.Nil(t, a.Patch)
	require.Equal(t, verify.EmptyPatch, g.grade(t, task, a).Outcome)
}

// A failed attempt that repaired half becomes a bug of its own, and only what it
// left is to be repaired there.
func TestChild(t *testing.T) {
	g := play(t, "go")
	task := g.task(t, g.order())
	a := g.attempt(t, task, `sed -i 's/a - b/a + b/' add.go; echo 'package calc' >extra_test.go; cp add.go add.go.orig`)
	grade := g.grade(t, task, a)
	child, why, err := solve.Promote(g.bug, a.Full, grade.Grade)
	require.NoError(t, err)
	require.Empty(t, why)
	require.Equal(t, []string{"example.com/calc TestSub", "example.com/calc TestSubMany"}, child.FailToPass)
	require.Equal(t, []string{"example.com/calc TestAdd", "example.com/calc TestAddMany", "example.com/calc TestNothing"}, child.PassToPass)
	require.NotContains(t, string(child.Patch), "extra_test.go", "it was left out at grading")

	order := g.order()
	order.Child = child
	second := g.task(t, order)
	require.NotEqual(t, task.Key, second.Key)
	require.NotContains(t, g.looks(t, second, `ls; git show HEAD:add.go`), "a - b")
	b := g.attempt(t, second, repaired)
	require.NotContains(t, string(b.Patch), "add.go")
	require.Contains(t, string(b.Full), "add.go", "the judge grades both steps")
	result := g.grade(t, second, b)
	require.Equal(t, verify.Resolved, result.Outcome, result.Reason)
	require.Equal(t, verify.Tally{Passed: 2, Total: 2}, result.Public)
}

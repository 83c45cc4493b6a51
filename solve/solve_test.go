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

// What a solver leaves that no patch can hold is left out and said; too much of
// anything is an attempt that is not solved.
func TestTaken(t *testing.T) {
	g := play(t, "go")
	task := g.task(t, g.order())
	a := g.attempt(t, task, repaired+`; mkfifo pipe; mkdir -p sub/.git __pycache__; echo x >sub/.git/config; echo x >__pycache__/a.pyc
rm go.mod; mkdir go.mod; echo x >go.mod/file; ln -s /etc/passwd link`)
	require.Empty(t, a.Problem)
	require.Len(t, a.Notes, 3, a.Notes)
	require.Contains(t, string(a.Patch), "+++ b/go.mod/file")
	require.Contains(t, string(a.Patch), "new file mode 120000")
	require.Equal(t, verify.Unresolved, g.grade(t, task, a).Outcome, "go.mod is gone")

	order := g.order()
	order.Take = solve.Limits{Files: 3, Bytes: 1000}
	task = g.task(t, order)
	a = g.attempt(t, task, `touch 1 2 3 4`)
	require.Equal(t, "4 files were changed; at most 3 can be a patch", a.Problem)
	a = g.attempt(t, task, `head -c 2000 /dev/zero >big`)
	require.Equal(t, "the files that were changed have 2000 bytes; at most 1000 can be a patch", a.Problem)
	grade := g.grade(t, task, a)
	require.Equal(t, verify.Unresolved, grade.Outcome)
	require.Equal(t, a.Problem, grade.Reason)
	require.Zero(t, grade.Public.Passed)
}

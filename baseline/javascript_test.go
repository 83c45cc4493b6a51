package baseline

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/verify"
)

// smallPackage writes a JavaScript package of two code files and their tests.
func smallPackage(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "test"), 0o755))
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	write("package.json", `{"type": "module"}`+"\n")
	for _, name := range []string{"upper", "lower"} {
		write(name+".js", fmt.Sprintf("// %[1]s says which of two is larger.\nexport function %[1]s(a, b) {\n  if (a > b) {\n    return 1\n  }\n  if (a === b) {\n    return 0\n  }\n  return -1\n}\n\nexport function twice(a) {\n  return a + a\n}\n", name))
		var tests strings.Builder
		fmt.Fprintf(&tests, "import test from 'node:test'\nimport assert from 'node:assert'\nimport { %[1]s, twice } from '../%[1]s.js'\n", name)
		for i := range 8 {
			fmt.Fprintf(&tests, "\ntest('%[1]s of n%[2]d', () => {\n  assert.equal(%[1]s(%[2]d, 3), %[3]d)\n})\n", name, i, sign(i-3))
		}
		fmt.Fprintf(&tests, "\ntest('%[1]s does something twice', () => {\n  assert.equal(twice(3), 6)\n})\n", name)
		write("test/"+name+".test.js", tests.String())
	}
	return dir
}

// TestJavaScriptIsPlayed plays one bug of two strategies in a package whose tests
// run by node --test, and repairs that of small edits.
func TestJavaScriptIsPlayed(t *testing.T) {
	r := openRepository(t, smallPackage(t))
	machine.Needs(t, r.Provider, "node --version")
	i := &Injector{RunDir: t.TempDir()}
	judge := &verify.Judge{Provider: r.Provider, RunDir: i.RunDir}
	for strategy, operator := range map[inject.Strategy]string{inject.Mutation: "", inject.Removal: "body-remove"} {
		injection, record := injected(t, i, inject.Assignment{Repository: r, Strategy: strategy, Seed: 1, Target: inject.Target{File: "upper.js", Func: "upper"}})
		require.Empty(t, record.Problem, "%+v", record.Drafts)
		for _, part := range record.Drafts[len(record.Drafts)-1].Parts {
			require.Contains(t, part.Operator, operator)
		}
		artifact, err := bug.Parse(injection.Files)
		require.NoError(t, err)
		report, err := judge.Verify(t.Context(), r.Snapshot, artifact)
		require.NoError(t, err)
		found, ok := report.Bug()
		require.True(t, ok, "%s: %+v", strategy, report.Checks)
		if strategy == inject.Mutation {
			solved(t, r, judge, found)
		}
	}
}

// solved requires that one of some attempts repairs a bug.
func solved(t *testing.T, r *inject.Repository, judge *verify.Judge, b verify.Bug) {
	t.Helper()
	task, err := solve.NewTask(t.Context(), solve.Order{Bug: b, Provider: r.Provider})
	require.NoError(t, err)
	c := &clinic{judge, task}
	solver := &Solver{}
	defer solver.Close()
	for seed := range uint64(4) {
		attempt, grade := c.attempt(t, solver, seed)
		t.Logf("seed %d: %v, %v: %s", seed, attempt.Stop, grade.Outcome, grade.Reason)
		if grade.Outcome == verify.Resolved {
			return
		}
	}
	t.Fatal("no attempt repairs it")
}

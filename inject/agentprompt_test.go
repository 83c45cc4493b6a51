package inject

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
)

// Every strategy's prompts say what is handed in, what the judge asks, by its
// numbers, and where the bug is wanted.
func TestPrompts(t *testing.T) {
	for strategy, own := range map[Strategy]string{Removal: "whole files", History: "Undo selectively", Direct: "change the code"} {
		d := &desk{
			Agent: &Agent{Loop: agent.Loop{Limits: agent.Limits{Turns: 77}}},
			Assignment: Assignment{
				Repository: &Repository{Snapshot: &repo.Snapshot{Source: "/a/checkout"}},
				Strategy:   strategy,
				Target:     Target{File: "lib/a.go", Func: "(*T).Name"},
				Minima:     Minima{PassingTests: 11, ChangedFiles: 3, FailingTests: 4, MaxBrokenShare: 0.85},
			},
		}
		system, request, err := d.prompts()
		require.NoError(t, err)
		for _, fact := range []string{
			bug.ScriptName, bug.ParserName, bug.TestFilesName, bug.InjectName, bug.WeakenName, ".ssr",
			"at least 11 tests pass", "at least 3 files of code", "at least 4 of the tests", "no more than 85 percent",
			"90 seconds", "77 turns", "2m0s", "What you submit first is what is judged",
		} {
			require.Contains(t, system, fact)
		}
		require.Contains(t, request, own)
		require.Contains(t, request, "(*T).Name in lib/a.go")
		require.NotContains(t, system+request, "<no value>")
		require.NotContains(t, request, "release")
	}
}

// What is not asked is not mentioned, and what differs is said.
func TestPromptsOfOtherAssignments(t *testing.T) {
	d := &desk{
		Agent:      &Agent{Feedback: 2},
		Assignment: Assignment{Repository: &Repository{Snapshot: &repo.Snapshot{Source: "module:a.b/c@v1.2.3"}}, Strategy: History},
	}
	system, request, err := d.prompts()
	require.NoError(t, err)
	require.Contains(t, system, "submit again, up to 2 times")
	require.Contains(t, system, "at least 1 of the tests")
	require.NotContains(t, system, "percent")
	require.Contains(t, request, "Each commit is a whole release")
	require.NotContains(t, request, "is wanted")
	d.Target.Commit = "v1.2.0"
	_, request, err = d.prompts()
	require.NoError(t, err)
	require.Contains(t, request, "undo something of v1.2.0, which is a release")
}

// A folder that is taken is a path of the tree, and new in it.
func FuzzFolder(f *testing.F) {
	tree, err := repo.NewTree(map[string]repo.File{"lib/a": {Mode: repo.Regular}, "b": {Mode: repo.Regular}})
	require.NoError(f, err)
	for _, name := range []string{".ssr", "/work/.ssr/", "lib", "lib/new", "b/c", "../x", "/work", "/workshop", "", ".git", "a/../b", "/work//x/./y"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		folder, problem := folderIn(tree, name)
		if problem != "" {
			require.Empty(t, folder)
			return
		}
		require.NoError(t, repo.CheckPath(folder))
		_, file := tree.Mode(folder)
		require.False(t, file || tree.HasFolder(folder))
	})
}

package inject

import (
	"testing"
	"time"

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
				Minima:     Minima{PassingTests: 11, ChangedFiles: 3, FailingTests: 4, MaxBrokenShare: 0.85, MaxTime: 30 * time.Second},
			},
		}
		system, request, err := d.prompts()
		require.NoError(t, err)
		for _, fact := range []string{
			bug.ScriptName, bug.ParserName, bug.TestFilesName, bug.InjectName, bug.WeakenName, ".ssr",
			"at least 11 tests pass", "at least 3 files of code", "at least 4 of the tests", "no more than 85 percent",
			"within 30 seconds", "77 turns", "2m0s", "What you submit first is what is judged",
		} {
			require.Contains(t, system, fact)
		}
		require.Contains(t, request, own)
		require.Contains(t, request, "(*T).Name in lib/a.go")
		require.NotContains(t, system+request, "<no value>")
		require.NotContains(t, request, "release")
	}
}

// Section 6 of the rules, requirement by requirement: where a model is told of it.
func TestPromptsOfTheRules(t *testing.T) {
	told := func(s Strategy) string {
		d := &desk{Agent: &Agent{}, Assignment: Assignment{Repository: &Repository{Snapshot: &repo.Snapshot{}}, Strategy: s}}
		system, request, err := d.prompts()
		require.NoError(t, err)
		return system + request
	}
	for _, c := range []struct {
		strategies  []Strategy
		requirement string
		words       []string
	}{
		{[]Strategy{Removal}, "delete whole files or large parts", []string{"whole files, or large pieces of several"}},
		{[]Strategy{Removal}, "repair the callers so that the rest runs", []string{"repair whoever used it", "so that everything else still compiles, imports and runs"}},
		{[]Strategy{History}, "find meaningful past changes in the log", []string{"Read the log, and find changes that meant something"}},
		{[]Strategy{History}, "undo them selectively", []string{"Undo selectively, a part of a commit or parts of several"}},
		{[]Strategy{History}, "with the smallest compatibility edits", []string{"Make the smallest edits that let the old behavior work"}},
		{[]Strategy{History}, "no test file restored", []string{"Do not bring back any test file from the past"}},
		{[]Strategy{Direct}, "just break it", []string{"change the code so that it no longer does what its tests ask"}},
		{(&Agent{}).Strategies(), "choose tests that pass first", []string{"2. Choose the tests: at least 1 that pass now", "4. Break the code"}},
		{(&Agent{}).Strategies(), "no hints in comments", []string{"No hints. No comment, name or message that says what was done"}},
		{(&Agent{}).Strategies(), "no commented-out tests", []string{"no code or test that is commented out"}},
		{(&Agent{}).Strategies(), "every changed code file covered by a chosen test", []string{"Every file of code that you change has a chosen test that runs it"}},
		{(&Agent{}).Strategies(), "no syntax error that fails everything", []string{"No syntax error and no failure that takes all tests with it"}},
		{(&Agent{}).Strategies(), "full history is there for the injector", []string{"Its whole history is there: git log"}},
		{(&Agent{}).Strategies(), "nothing of it for the solver", []string{"gets the repository as you leave it, without its history"}},
	} {
		for _, s := range c.strategies {
			for _, words := range c.words {
				require.Contains(t, told(s), words, "%s: %s", s, c.requirement)
			}
		}
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
	require.Contains(t, system, "within 90 seconds")
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

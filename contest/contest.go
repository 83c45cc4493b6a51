package contest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/choose"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/solve"
	"github.com/selfplay-swe/ssr/suite"
	"github.com/selfplay-swe/ssr/verify"
)

// A Contest runs patches of one tree against tests of it. Its fields are set once;
// it is then safe for concurrent use.
type Contest struct {
	Runner *suite.Runner     // the sandboxes, the setup below them, limits, and where runs are kept
	Tree   *repo.Tree        // the problem's code, which patches and tests are diffs of
	Suite  suite.Suite       // how tests are run and read; its Oracle are test files too
	Rules  []verify.Steering // which files are tests, or steer them; nil: [verify.DefaultSteering]

	// Whole counts the tests that the tree has itself, too, so that what a patch
	// breaks of them counts against it (InfCode). Otherwise the ids that the tree
	// has without candidate tests are no results, and scores are of the candidate
	// tests alone (Kimi-Dev).
	Whole bool

	mu  sync.Mutex
	own choose.Results // of Tree without candidates; nil: not run yet
}

// New returns a contest at a task of the bug's.
func New(task *solve.Task, b verify.Bug) *Contest {
	artifact := b.Artifact()
	return &Contest{
		Runner: &suite.Runner{Provider: task.Provider, Setup: task.Setup, Limits: task.Limits},
		Tree:   task.Tree,
		Suite:  suite.Suite{Script: artifact.Script, Parser: artifact.Parser, Oracle: artifact.TestFiles},
	}
}

// Run is a [choose.Run]. What is wrong with the patch or with the tests is in the
// results, which are then empty. The error is the machine's, or ctx's.
func (c *Contest) Run(ctx context.Context, patch, tests string) (choose.Results, error) {
	tree, fits, err := c.tree(patch, tests)
	if err != nil || !fits {
		return choose.Results{}, wrap(err)
	}
	results, err := c.results(ctx, tree)
	if err != nil || c.Whole {
		return results, wrap(err)
	}
	own, err := c.ownResults(ctx)
	if err != nil {
		return nil, wrap(err)
	}
	maps.DeleteFunc(results, func(id string, _ bool) bool { _, has := own[id]; return has })
	return results, nil
}

// ownResults are those of the tree as it is. The first who asks runs it.
func (c *Contest) ownResults(ctx context.Context) (_ choose.Results, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.own == nil {
		c.own, err = c.results(ctx, c.Tree)
	}
	return c.own, err
}

func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("contest: %w", err)
	}
	return nil
}

// results runs the suite on a tree.
func (c *Contest) results(ctx context.Context, tree *repo.Tree) (choose.Results, error) {
	s := c.Suite
	s.Oracle = slices.DeleteFunc(slices.Clone(s.Oracle), func(file string) bool { _, there := tree.Mode(file); return !there })
	run, err := c.Runner.Run(ctx, suite.Request{Suite: s, Tree: tree})
	if err != nil {
		return nil, err
	}
	return said(run), nil
}

// said is what a run shows. A test that was skipped was not run.
func said(run *suite.Run) choose.Results {
	results := choose.Results{}
	if !believed(run) {
		return results
	}
	for id, status := range run.Results {
		if status != suite.Skipped {
			results[id] = status == suite.Passed && run.Testimony.Accuses([]string{id}) == ""
		}
	}
	return results
}

// believed says whether what a parser says of a run can be true: the script ended,
// and where the parser knows of no failure, neither does the test runner, which came
// to its end. A run with failures need not: a panic ends it.
func believed(run *suite.Run) bool {
	if run.Problem != nil {
		return false
	}
	failures := len(run.Results.With(suite.Failed)) + len(run.Results.With(suite.Error))
	return failures > 0 || run.Testimony.Against() == "" && run.ExitCode == 0
}

// tree is the problem's code with the patch and the tests; fits says whether there
// is such a tree.
func (c *Contest) tree(patch, tests string) (tree *repo.Tree, fits bool, err error) {
	tree, fits, err = c.apply(c.Tree, patch, func(e *bug.Entry) verdict {
		if slices.ContainsFunc(e.Touches(), c.steers) {
			return ignored
		}
		return taken
	})
	if err != nil || !fits {
		return nil, false, err
	}
	return c.apply(tree, tests, func(e *bug.Entry) verdict {
		if slices.ContainsFunc(e.Touches(), func(file string) bool { return !c.steers(file) }) {
			return refused
		}
		return taken
	})
}

// steers says whether a file decides what tests say.
func (c *Contest) steers(file string) bool {
	rules := c.Rules
	if rules == nil {
		rules = verify.DefaultSteering()
	}
	return slices.Contains(c.Suite.Oracle, file) ||
		slices.ContainsFunc(rules, func(rule verify.Steering) bool { return rule.About(file) })
}

// A verdict says what becomes of one entry of a diff.
type verdict int

const (
	taken verdict = iota
	ignored
	refused // and the diff with it
)

// apply applies the entries of a diff that are taken. An empty diff changes nothing.
func (c *Contest) apply(tree *repo.Tree, diff string, judge func(*bug.Entry) verdict) (_ *repo.Tree, fits bool, err error) {
	if strings.TrimSpace(diff) == "" {
		return tree, true, nil
	}
	parsed, err := bug.ParsePatch([]byte(diff))
	if err != nil {
		return nil, false, nil
	}
	kept := *parsed
	kept.Entries = nil
	for _, entry := range parsed.Entries {
		switch judge(entry) {
		case taken:
			kept.Entries = append(kept.Entries, entry)
		case refused:
			return nil, false, nil
		}
	}
	changed, err := kept.Apply(tree)
	if _, misfit := errors.AsType[*bug.ApplyError](err); misfit {
		return nil, false, nil
	}
	return changed, err == nil, err
}

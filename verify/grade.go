package verify

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/suite"
)

// GradeVersion names the form of a stored [Grade].
const GradeVersion = "ssr.grade/1"

// GradeOptions say how a patch is graded. The zero value is right for training.
type GradeOptions struct {
	// Paper applies every entry of the patch, also those on files that steer
	// the test runner, and does not hold the runner's own word against the
	// parser's, as the paper does. It is for comparison: a solver that is
	// graded so learns to write a conftest.py.
	Paper bool `json:"paper"`

	Repetition int `json:"repetition"` // 0, 1, …: a run is reused only for the same one
}

// A Grade is what a patch did to a bug. Lists are sorted and never nil.
type Grade struct {
	Version    string       `json:"version"` // GradeVersion
	Outcome    Outcome      `json:"outcome"`
	Reason     string       `json:"reason"` // one sentence
	FailToPass Tally        `json:"fail_to_pass"`
	PassToPass Tally        `json:"pass_to_pass"`
	Failing    []string     `json:"failing"`  // of both: ran, and did not pass
	Missing    []string     `json:"missing"`  // of both: have no result
	LeftOut    []LeftOut    `json:"left_out"` // entries of the patch that were not applied
	Run        *RunEvidence `json:"run,omitempty"`
	Log        []string     `json:"log"` // the lines that matter, when something does not pass
	Runs       int          `json:"runs"`
	RunsSaved  int          `json:"runs_saved"`
	Seconds    float64      `json:"seconds"`
	Bug        string       `json:"bug"` // its key
	Options    GradeOptions `json:"options"`
}

// A Tally counts which tests of a list pass.
type Tally struct {
	Passed int `json:"passed"`
	Total  int `json:"total"`
}

// A LeftOut is an entry of a patch that is not applied at grading.
type LeftOut struct {
	Path string `json:"path"`
	Line int    `json:"line"` // in the patch
	Why  string `json:"why"`
}

// Grade decides whether a patch repairs a bug (rules, section 3). The patch is
// against [Bug.Weakened]; the oracle files are put back after it is applied.
// What is wrong with the patch is in the grade. The error is an [*OptionError],
// the machine's, or ctx's.
func (j *Judge) Grade(ctx context.Context, b Bug, patch []byte, o GradeOptions) (*Grade, error) {
	options, err := j.complete()
	if err != nil {
		return nil, err
	}
	if b.v == nil {
		return nil, &OptionError{"Bug", "zero", "one that Report.Bug returned"}
	}
	begin := time.Now()
	g := &Grade{
		Version:    GradeVersion,
		FailToPass: Tally{Total: len(b.v.failToPass)},
		PassToPass: Tally{Total: len(b.v.passToPass)},
		Failing:    []string{}, Missing: []string{}, LeftOut: []LeftOut{}, Log: []string{},
		Bug:     b.Key(),
		Options: o,
	}
	if err := j.grade(ctx, options, b, patch, g); err != nil {
		return nil, fmt.Errorf("grade: %w", err)
	}
	g.Seconds = time.Since(begin).Seconds()
	return g, nil
}

func (j *Judge) grade(ctx context.Context, options Options, b Bug, patch []byte, g *Grade) error {
	if len(bytes.TrimSpace(patch)) == 0 {
		return g.end(EmptyPatch, "the patch is empty")
	}
	parsed, err := bug.ParsePatch(patch)
	if err != nil {
		return g.end(Unresolved, "the patch cannot be read: %v", err)
	}
	tree, err := g.apply(options, b, parsed)
	if err != nil || g.Outcome != 0 {
		return err
	}
	r, err := j.gradingRun(ctx, options, b, tree, g)
	if err != nil {
		return err
	}
	return g.judge(b, r)
}

// end decides the grade.
func (g *Grade) end(outcome Outcome, format string, args ...any) error {
	g.Outcome, g.Reason = outcome, fmt.Sprintf(format, args...)
	return nil
}

// apply returns the tree that is tested, or decides the grade.
func (g *Grade) apply(options Options, b Bug, patch *bug.Patch) (*repo.Tree, error) {
	if len(patch.Entries) == 0 {
		return nil, g.end(EmptyPatch, "the patch is empty")
	}
	kept := *patch
	kept.Entries = g.keep(newFence(options.Steering, b.v.original, b.v.artifact.TestFiles), patch.Entries)
	if len(kept.Entries) == 0 {
		return nil, g.end(Unresolved, "nothing of the patch is left: %s %s", g.LeftOut[0].Path, g.LeftOut[0].Why)
	}
	tree, misfit, err := apply(&kept, b.v.weakened)
	if err != nil {
		return nil, err
	}
	if misfit != nil {
		return nil, g.end(Unresolved, "the patch does not apply: %v", misfit)
	}
	tree, err = restore(tree, b.v.original, b.v.artifact.TestFiles)
	if err == nil && tree.Key() == b.v.broken.Key() {
		return nil, g.end(Unresolved, "the patch changes nothing but tests, which are put back")
	}
	return tree, err
}

// keep returns the entries that are applied, and notes the others.
func (g *Grade) keep(fence fence, entries []*bug.Entry) []*bug.Entry {
	if g.Options.Paper {
		return entries
	}
	var kept []*bug.Entry
	for _, entry := range entries {
		left := false
		for _, path := range entry.Touches() {
			if why := fence.around(path); why != "" && !left {
				left = true
				g.LeftOut = append(g.LeftOut, LeftOut{path, entry.Line, why})
			}
		}
		if !left {
			kept = append(kept, entry)
		}
	}
	return kept
}

// gradingRun runs the tests on the repaired tree.
func (j *Judge) gradingRun(ctx context.Context, options Options, b Bug, tree *repo.Tree, g *Grade) (*run, error) {
	req := request{state: "patch", tree: tree, repetition: g.Options.Repetition}
	s := suite.Suite{Script: b.v.artifact.Script, Parser: b.v.artifact.Parser, Oracle: b.v.artifact.TestFiles}
	runs := start(ctx, j.run(options), s, 1, options.teller(), []request{req})
	defer runs.stop()
	r, err := runs.wait(ctx, req.state, req.repetition)
	g.Runs, g.RunsSaved = runs.made, runs.saved
	return r, err
}

package baseline

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/suite"
)

// A proof checks a mixture before it is handed in: with the real edits in place,
// by the script and parser of the artifact. Its runs are the judge's own, tree by
// tree, so where both keep their runs in one folder they are made once.
type proof struct {
	ground *ground
	field  *field
	runner *suite.Runner
	minima inject.Minima
}

// artifact puts the five files of a mixture together, and says in the draft what
// is wrong with them; nil: they cannot be made.
func (p *proof) artifact(ctx context.Context, m mixture, d *Draft) (*bug.Files, error) {
	broken, problem, err := p.broken(m)
	if err != nil || problem != "" {
		d.Problem = problem
		return nil, err
	}
	failing, err := p.breaks(ctx, m, broken, d)
	if err != nil || d.Problem != "" {
		return nil, err
	}
	for _, rows := range []bool{true, false} {
		weakened, err := p.ground.weaken(broken, failing, rows)
		if err != nil {
			return nil, err
		}
		if err := p.hides(ctx, weakened, broken, failing, d); err != nil {
			return nil, err
		}
		if d.Problem == "" {
			return p.files(broken, weakened)
		}
	}
	return nil, nil
}

// broken applies a mixture to the original.
func (p *proof) broken(m mixture) (tree *repo.Tree, problem string, err error) {
	var edits []mutate.Edit
	for _, part := range m {
		edits = append(edits, part.Edit)
	}
	sources, err := mutate.Apply(p.ground.read, edits...)
	if err != nil {
		return nil, err.Error(), nil // such as two edits that both drop an import
	}
	original, changes := p.ground.subject.Tree, map[string]*repo.File{}
	for file, data := range sources {
		mode, _ := original.Mode(file)
		changes[file] = &repo.File{Mode: mode, Data: data}
	}
	tree, err = original.With(changes)
	return tree, "", err
}

// breaks runs the broken tree and holds it against the judge's rules.
func (p *proof) breaks(ctx context.Context, m mixture, broken *repo.Tree, d *Draft) ([]survey.Test, error) {
	results, problem, err := p.run(ctx, broken)
	if err != nil || problem != "" {
		d.Problem = problem
		return nil, err
	}
	var failing []survey.Test
	ids := map[int]bool{}
	for i, t := range p.field.tests {
		if results[t.ID] != suite.Passed && results[t.ID] != suite.Skipped {
			failing, ids[i] = append(failing, t), true
		}
	}
	d.Broken = len(failing)
	if d.Problem = p.rules(m, ids); d.Problem == "" && len(m) > 2 {
		d.Problem, err = p.undone(ctx, m, broken, failing)
	}
	return failing, err
}

// undone undoes each file alone and says which of them brings no test back. Of
// two parts that is known: what is left is the other one, alone.
func (p *proof) undone(ctx context.Context, m mixture, broken *repo.Tree, failing []survey.Test) (string, error) {
	for _, name := range m.files() {
		was, err := p.ground.subject.Tree.Read(name)
		if err != nil {
			return "", err
		}
		tree, err := broken.With(map[string]*repo.File{name: &was})
		if err != nil {
			return "", err
		}
		results, problem, err := p.run(ctx, tree)
		if err != nil {
			return "", err
		}
		if problem != "" || !slices.ContainsFunc(failing, func(t survey.Test) bool { return results[t.ID] == suite.Passed }) {
			return "undoing " + name + " alone brings no test back", nil
		}
	}
	return "", nil
}

// rules says which rule a mixture breaks that really breaks some tests.
func (p *proof) rules(m mixture, failing map[int]bool) string {
	share := float64(len(failing)) / float64(len(p.field.tests))
	switch {
	case len(failing) < p.minima.FailingTests:
		return fmt.Sprintf("it breaks %d tests", len(failing))
	case share > p.minima.MaxBrokenShare || len(failing) == len(p.field.tests):
		return fmt.Sprintf("it breaks %d of %d tests", len(failing), len(p.field.tests))
	}
	for _, file := range m.files() {
		others := mixture(where(m, func(p *part) bool { return p.File != file })).broken()
		if shared(others, sortedKeys(failing)) == len(failing) {
			return "undoing " + file + " alone would bring no test back"
		}
	}
	return ""
}

// hides runs the weakened tree and says in the draft whether it hides the bug.
func (p *proof) hides(ctx context.Context, weakened, broken *repo.Tree, failing []survey.Test, d *Draft) error {
	d.Hidden = 0
	if d.Problem = "no failing test can be taken out"; weakened.Key() == broken.Key() {
		return nil
	}
	results, problem, err := p.run(ctx, weakened)
	if err != nil || problem != "" {
		d.Problem = "weakened: " + problem
		return err
	}
	removed, err := repo.Diff(broken, weakened)
	if err != nil {
		return err
	}
	d.Hidden = hidden(results, failing, deleted(p.ground.seen.Framework, removed, results))
	switch lost := p.lost(results, failing); {
	case d.Hidden == 0:
		d.Problem = "the weakening hides no test"
	case lost != "":
		d.Problem = "with the weakening " + lost + " does not pass either"
	default:
		d.Problem = ""
	}
	return nil
}

// hidden counts the failing tests that pass or are gone.
func hidden(results suite.Results, failing []survey.Test, gone func(survey.Test) bool) (n int) {
	for _, t := range failing {
		if status, ran := results[t.ID]; status == suite.Passed || !ran && gone(t) {
			n++
		}
	}
	return n
}

// lost is a test that does not pass although nothing of it failed; "": there is none.
func (p *proof) lost(results suite.Results, failing []survey.Test) string {
	f, tops := p.ground.seen.Framework, map[string]bool{}
	for _, t := range failing {
		tops[topID(t, f)] = true
	}
	for _, t := range p.field.tests {
		if !tops[topID(t, f)] && results[t.ID] != suite.Passed {
			return t.ID
		}
	}
	return ""
}

// deleted returns whether a diff takes away what a test is called by.
func deleted(f survey.Framework, removed []byte, left suite.Results) func(t survey.Test) bool {
	if f == survey.NodeTest {
		sentences := sentencesGone(removed, left)
		return func(t survey.Test) bool { return sentences(t.ID) }
	}
	return func(t survey.Test) bool { return bytes.Contains(removed, []byte(lastName(t.Top(f)))) }
}

// lastName is the name of a test in its file: the last word of its id.
func lastName(name string) string {
	return name[strings.LastIndexAny(name, ":. ")+1:]
}

func (p *proof) run(ctx context.Context, tree *repo.Tree) (suite.Results, string, error) {
	run, err := p.runner.Run(ctx, suite.Request{
		Suite: suite.Suite{Script: p.field.script, Parser: p.field.parser, Oracle: p.field.oracle}, Tree: tree,
	})
	if err != nil {
		return nil, "", fmt.Errorf("inject: check a bug: %w", err)
	}
	if run.Problem != nil {
		return nil, run.Problem.Text, nil
	}
	return run.Results, "", nil
}

func (p *proof) files(broken, weakened *repo.Tree) (*bug.Files, error) {
	inject, err := repo.Diff(p.ground.subject.Tree, broken)
	if err != nil {
		return nil, err
	}
	weaken, err := repo.Diff(broken, weakened)
	if err != nil {
		return nil, err
	}
	return &bug.Files{
		Script: p.field.script, Parser: p.field.parser,
		TestFiles: []byte(strings.Join(p.field.oracle, "\n") + "\n"),
		Inject:    inject, Weaken: weaken,
	}, nil
}

func sortedKeys(set map[int]bool) (list []int) {
	for key := range set {
		list = append(list, key)
	}
	slices.Sort(list)
	return list
}

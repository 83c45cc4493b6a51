package trial

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"time"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/suite"
)

// A nodeBench tries each candidate in a sandbox of its own whose tree has the
// real edits, with the script and parser that an artifact would have, file by
// file. Node has no fork, and starts in 40 ms: little is to be saved, and nothing
// can differ from what the judge will see.
type nodeBench struct {
	subject survey.Subject
	edits   []mutate.Edit
	tests   map[string]survey.Test
	without []string
	left    []int
	limits  map[string]time.Duration // by file
	slots   chan struct{}
}

// openNode runs every file once without a candidate.
func openNode(ctx context.Context, s survey.Subject, seen *survey.Survey, candidates []mutate.Edit, o Options) (Bench, error) {
	b := &nodeBench{subject: s, edits: candidates, tests: map[string]survey.Test{}, limits: map[string]time.Duration{}}
	b.slots = make(chan struct{}, cmp.Or(o.Parallel, runtime.GOMAXPROCS(0)))
	for _, test := range seen.Tests {
		b.tests[test.ID] = test
		b.limits[test.File] = controlLimit
	}
	for i, e := range candidates {
		if _, err := b.tree(e); err != nil {
			b.left = append(b.left, i)
		}
	}
	if err := b.control(ctx); err != nil {
		return nil, fmt.Errorf("trial: %w", err)
	}
	return b, nil
}

// control sets the limits, and leaves out tests that do not end as in the survey.
func (b *nodeBench) control(ctx context.Context) error {
	for file, tests := range b.byFile(slices.Collect(maps.Values(b.tests))) {
		start := time.Now()
		ended, err := b.run(ctx, b.subject.Tree, tests)
		if err != nil {
			return err
		}
		b.limits[file] = 8*time.Since(start) + time.Second
		for _, test := range tests {
			if ended[test.ID] != test.Status {
				b.without = append(b.without, test.ID)
				delete(b.tests, test.ID)
			}
		}
	}
	slices.Sort(b.without)
	if len(b.tests) == 0 {
		return errors.New("none of the survey's tests ends as in the survey when it is tried")
	}
	return nil
}

// Try puts the candidates into the tree, and runs the files of the tests.
func (b *nodeBench) Try(ctx context.Context, t Try) (Outcome, error) {
	tests, err := b.asked(t.Tests)
	if err != nil {
		return Outcome{}, err
	}
	chosen := make([]mutate.Edit, len(t.Candidates))
	for i, c := range t.Candidates {
		if c < 0 || c >= len(b.edits) {
			return Outcome{}, fmt.Errorf("trial: candidate %d is none of the %d", c, len(b.edits))
		}
		if slices.Contains(b.left, c) {
			return Outcome{}, nil // does not fit the tree: nothing passed
		}
		chosen[i] = b.edits[c]
	}
	tree, err := b.tree(chosen...)
	if err != nil {
		return Outcome{}, fmt.Errorf("trial: %w", err)
	}
	select {
	case <-ctx.Done():
		return Outcome{}, context.Cause(ctx)
	case b.slots <- struct{}{}:
		defer func() { <-b.slots }()
	}
	out, err := b.try(ctx, tree, tests, t.Early)
	if err != nil {
		return Outcome{}, fmt.Errorf("trial: %w", err)
	}
	return out, nil
}

func (b *nodeBench) try(ctx context.Context, tree *repo.Tree, tests []survey.Test, early bool) (Outcome, error) {
	out := Outcome{Ended: true}
	files := b.byFile(tests)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		statuses, err := b.run(ctx, tree, files[file])
		if err != nil {
			return Outcome{}, err
		}
		for _, test := range files[file] {
			switch statuses[test.ID] {
			case suite.Passed:
				out.Passed = append(out.Passed, test.ID)
			case suite.Failed, suite.Error:
				out.Failed = append(out.Failed, test.ID)
			case suite.Skipped:
			default:
				out.Ended = false
			}
		}
		if early && (len(out.Failed) > 0 || !out.Ended) {
			out.Ended = false
			break
		}
	}
	slices.Sort(out.Passed)
	slices.Sort(out.Failed)
	return out, nil
}

// run runs the file of some tests, all of one file, and reads how each test
// ended: nothing, where time was over or the output is none.
func (b *nodeBench) run(ctx context.Context, tree *repo.Tree, tests []survey.Test) (_ map[string]suite.Status, err error) {
	box, err := b.subject.Provider.New(ctx, sandbox.Spec{Tree: tree, Setup: b.subject.Setup, Limits: b.subject.Limits, Files: map[string]repo.File{
		"script": {Mode: repo.Executable, Data: survey.Script(survey.NodeTest, tests)},
		"parser": {Mode: repo.Executable, Data: survey.Parser(survey.NodeTest)},
	}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	result, err := box.Run(ctx, sandbox.Cmd{
		Args:    []string{"bash", "-c", sandbox.FileDir + "/script 2>&1 | node " + sandbox.FileDir + "/parser"},
		Env:     []string{"TZ=UTC", "LC_ALL=C.UTF-8"},
		Timeout: b.limits[tests[0].File],
	})
	if err != nil {
		return nil, err
	}
	statuses := map[string]suite.Status{}
	if result.OK() && json.Unmarshal(result.Output, &statuses) != nil {
		return nil, nil
	}
	return statuses, nil
}

// tree is the subject's with edits in it.
func (b *nodeBench) tree(edits ...mutate.Edit) (*repo.Tree, error) {
	changed, err := mutate.Apply(func(name string) ([]byte, error) {
		file, err := b.subject.Tree.Read(name)
		return file.Data, err
	}, edits...)
	if err != nil {
		return nil, err
	}
	files := map[string]*repo.File{}
	for name, data := range changed {
		mode, _ := b.subject.Tree.Mode(name)
		files[name] = &repo.File{Mode: mode, Data: data}
	}
	return b.subject.Tree.With(files)
}

func (b *nodeBench) asked(ids []string) ([]survey.Test, error) {
	if ids == nil {
		return slices.Collect(maps.Values(b.tests)), nil
	}
	var tests []survey.Test
	for _, id := range ids {
		test, known := b.tests[id]
		if !known {
			return nil, fmt.Errorf("trial: there is no test %q here; ids are those of the survey, without those that the bench leaves out", id)
		}
		tests = append(tests, test)
	}
	return tests, nil
}

func (b *nodeBench) byFile(tests []survey.Test) map[string][]survey.Test {
	files := map[string][]survey.Test{}
	for _, test := range tests {
		files[test.File] = append(files[test.File], test)
	}
	return files
}

// Left lists the candidates that do not fit the tree.
func (b *nodeBench) Left() []int { return b.left }

// Without lists the tests that the control run contradicts.
func (b *nodeBench) Without() []string { return b.without }

// Close has nothing to end: every trial has its own sandbox.
func (b *nodeBench) Close() error { return nil }

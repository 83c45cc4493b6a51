package trial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/suite"
)

// A nodeBench tries each candidate in a tree that has the real edits, with the
// reporter and the parser that an artifact would have. Node has no fork, and
// starts in 40 ms: what is saved is the process that node --test puts around each
// file, and the making of a sandbox, which a worker keeps and resets.
type nodeBench struct {
	subject survey.Subject
	edits   []mutate.Edit
	tests   map[string]survey.Test
	without []string
	left    []int
	limits  map[string]nodeLimit // by file
	runner  string               // of a file: node, or node --test where only that ends as the survey
	boxes   chan sandbox.Sandbox // not in use
	all     []sandbox.Sandbox
}

// A nodeLimit is what one run of a file may take, in seconds.
type nodeLimit struct{ cpu, wall int }

// openNode runs every file once without a candidate.
func openNode(ctx context.Context, s survey.Subject, seen *survey.Survey, candidates []mutate.Edit, o Options) (Bench, error) {
	b := &nodeBench{subject: s, edits: candidates, tests: map[string]survey.Test{}, limits: map[string]nodeLimit{}}
	for _, test := range seen.Tests {
		b.tests[test.ID] = test
	}
	for i, e := range candidates {
		if _, err := b.changed(e); err != nil {
			b.left = append(b.left, i)
		}
	}
	if err := b.start(ctx, cmp.Or(o.Parallel, runtime.GOMAXPROCS(0))); err != nil {
		return nil, errors.Join(fmt.Errorf("trial: %w", err), b.Close())
	}
	if err := b.control(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("trial: %w", err), b.Close())
	}
	return b, nil
}

// start makes the sandboxes of the workers.
func (b *nodeBench) start(ctx context.Context, parallel int) error {
	b.boxes = make(chan sandbox.Sandbox, parallel)
	for range parallel {
		box, err := b.subject.Provider.New(ctx, sandbox.Spec{Tree: b.subject.Tree, Setup: b.subject.Setup, Limits: b.subject.Limits,
			Files: map[string]repo.File{"parser": {Mode: repo.Executable, Data: survey.Parser(survey.NodeTest)}}})
		if err != nil {
			return err
		}
		b.all = append(b.all, box)
		b.boxes <- box
	}
	return nil
}

// control sets the limits, and leaves out tests that do not end as in the survey.
// Where that are more than one in ten, as where tests print into the report, files
// are run as the survey runs them.
func (b *nodeBench) control(ctx context.Context) error {
	box := <-b.boxes
	defer func() { b.boxes <- box }()
	for _, b.runner = range []string{"node", "node --test"} {
		b.without = nil
		for file, tests := range b.byFile(slices.Collect(maps.Values(b.tests))) {
			b.limits[file] = nodeLimit{cpu: int(controlLimit.Seconds()), wall: int(controlLimit.Seconds())}
			run, err := b.run(ctx, box, nil, []string{file})
			if err != nil {
				return err
			}
			b.limits[file] = nodeLimit{cpu: 2 + int(5*run.cpu.Seconds()), wall: 5 + int(10*run.wall.Seconds())}
			b.compare(tests, run)
		}
		if len(b.without)*10 <= len(b.tests) {
			break
		}
	}
	for _, id := range b.without {
		delete(b.tests, id)
	}
	if slices.Sort(b.without); len(b.tests) == 0 {
		return errors.New("none of the survey's tests ends as in the survey when it is tried")
	}
	return nil
}

func (b *nodeBench) compare(tests []survey.Test, run nodeRun) {
	for _, test := range tests {
		if run.statuses[test.ID] != test.Status {
			b.without = append(b.without, test.ID)
		}
	}
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
	changed, err := b.changed(chosen...)
	if err != nil {
		return Outcome{}, fmt.Errorf("trial: %w", err)
	}
	select {
	case <-ctx.Done():
		return Outcome{}, context.Cause(ctx)
	case box := <-b.boxes:
		defer func() { b.boxes <- box }()
		out, err := b.try(ctx, box, changed, tests, t.Early)
		if err != nil {
			return Outcome{}, fmt.Errorf("trial: %w", err)
		}
		return out, nil
	}
}

// try runs the files of tests, all in one command, or with early one by one: that
// a file fails says nothing about those of its tests that were asked for.
func (b *nodeBench) try(ctx context.Context, box sandbox.Sandbox, changed map[string][]byte, tests []survey.Test, early bool) (Outcome, error) {
	files := b.byFile(tests)
	names := slices.Sorted(maps.Keys(files))
	if !early {
		run, err := b.run(ctx, box, changed, names)
		return run.outcome(tests), err
	}
	out := Outcome{Ended: true}
	for _, name := range names {
		run, err := b.run(ctx, box, changed, []string{name})
		if err != nil {
			return Outcome{}, err
		}
		next := run.outcome(files[name])
		out.Passed, out.Failed = append(out.Passed, next.Passed...), next.Failed
		if out.Ended = next.Ended && len(next.Failed) == 0; !out.Ended {
			break
		}
	}
	slices.Sort(out.Passed)
	return out, nil
}

// outcome says what a run showed of the tests that were asked for.
func (r nodeRun) outcome(tests []survey.Test) Outcome {
	out := Outcome{Ended: true}
	for _, test := range tests {
		switch r.statuses[test.ID] {
		case suite.Passed:
			out.Passed = append(out.Passed, test.ID)
		case suite.Failed, suite.Error:
			out.Failed = append(out.Failed, test.ID)
		case suite.Skipped:
		default:
			out.Ended = false
		}
	}
	slices.Sort(out.Passed)
	slices.Sort(out.Failed)
	return out
}

// changed returns the files of the tree that edits change, as they are with them.
func (b *nodeBench) changed(edits ...mutate.Edit) (map[string][]byte, error) {
	return mutate.Apply(func(name string) ([]byte, error) {
		file, err := b.subject.Tree.Read(name)
		return file.Data, err
	}, edits...)
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

// Close ends the sandboxes. No trial may be running.
func (b *nodeBench) Close() (err error) {
	for _, box := range b.all {
		err = errors.Join(err, box.Close())
	}
	return err
}

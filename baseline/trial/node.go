package trial

import (
	"cmp"
	"context"
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

// A nodeBench tries each candidate in a tree that has the real edits. Node has no
// fork, and starts in 40 ms: the test files of a trial share one process (see
// node_harness.js), and trials a sandbox, which a worker keeps and resets. No
// process sees two candidates.
type nodeBench struct {
	subject survey.Subject
	edits   []mutate.Edit
	tests   map[string]survey.Test
	without []string
	left    []int
	costs   map[string]nodeCost // by file
	way     nodeWay
	boxes   chan sandbox.Sandbox // not in use
	all     []sandbox.Sandbox
}

// A nodeCost is what a file took without a candidate.
type nodeCost struct{ cpu, wall time.Duration }

// A nodeWay is how test files are run.
type nodeWay int

const (
	nodeTogether nodeWay = iota // all in one process
	nodeAlone                   // each in a process of its own
	nodeWrapped                 // each as the survey runs it, by node --test
)

// openNode runs every file once alone and once with all others, without a candidate.
func openNode(ctx context.Context, s survey.Subject, seen *survey.Survey, candidates []mutate.Edit, o Options) (Bench, error) {
	b := &nodeBench{subject: s, edits: candidates, tests: map[string]survey.Test{}}
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
			Files: map[string]repo.File{nodeHarnessFile: {Mode: repo.Regular, Data: nodeHarness}}})
		if err != nil {
			return err
		}
		b.all = append(b.all, box)
		b.boxes <- box
	}
	return nil
}

// control finds the quickest way in which tests end as in the survey, and what
// files cost. Together, none may contradict it; otherwise one in ten may, which
// are left out, and where more do files are run as the survey runs them.
func (b *nodeBench) control(ctx context.Context) error {
	box := <-b.boxes
	defer func() { b.boxes <- box }()
	for _, b.way = range []nodeWay{nodeAlone, nodeWrapped} {
		if err := b.alone(ctx, box); err != nil {
			return err
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
	if b.way == nodeAlone {
		return b.together(ctx, box)
	}
	return nil
}

// alone runs every file by itself, and leaves out tests that do not end as in the
// survey.
func (b *nodeBench) alone(ctx context.Context, box sandbox.Sandbox) error {
	b.without, b.costs = nil, map[string]nodeCost{}
	for file, tests := range b.byFile(slices.Collect(maps.Values(b.tests))) {
		b.costs[file] = nodeCost{controlLimit / spareCPU, controlLimit / spareWall}
		run, err := b.process(ctx, box, nodeTry{files: []string{file}})
		if err != nil {
			return err
		}
		b.costs[file] = nodeCost{run.cpu, run.wall}
		b.compare(tests, run)
	}
	return nil
}

// together runs all files in one process, sees whether that is the same, and
// scales what files cost, most of which was the start of a process.
func (b *nodeBench) together(ctx context.Context, box sandbox.Sandbox) error {
	b.way = nodeTogether
	run, err := b.process(ctx, box, nodeTry{files: slices.Sorted(maps.Keys(b.costs))})
	if err != nil {
		return err
	}
	for _, test := range b.tests {
		if run.statuses[test.ID] != test.Status {
			b.way = nodeAlone
			return nil
		}
	}
	var all nodeCost
	for _, cost := range b.costs {
		all.cpu, all.wall = all.cpu+cost.cpu, all.wall+cost.wall
	}
	for file, cost := range b.costs {
		b.costs[file] = nodeCost{share(cost.cpu, all.cpu, run.cpu), share(cost.wall, all.wall, run.wall)}
	}
	return nil
}

// share is a part of old, as a part of now.
func share(part, old, now time.Duration) time.Duration {
	return time.Duration(float64(part) / float64(max(old, 1)) * float64(now))
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
		run, err := b.run(ctx, box, changed, tests, t.Early)
		if err != nil {
			return Outcome{}, fmt.Errorf("trial: %w", err)
		}
		return run.outcome(tests), nil
	}
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

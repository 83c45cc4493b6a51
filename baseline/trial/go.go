package trial

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/suite"
)

// A goBench has all candidates in one test binary per package. A trial is one
// process per package whose tests are asked for.
type goBench struct {
	subject  survey.Subject
	edits    []mutate.Edit
	tests    map[string]goTest // by id: what the survey knows, and the control run confirms
	packages []goPackage       // with tests, by import path
	board    *mutate.Switch
	without  []string
	boxes    chan sandbox.Sandbox // with the binaries, not in use
	all      []sandbox.Sandbox
}

// A goTest is where a test is.
type goTest struct {
	pkg string // import path
	top string // name of the top-level test
	survey.Test
}

// A goPackage is a package with tests.
type goPackage struct {
	path, dir string
	binary    string        // its name below sandbox.FileDir
	cpu, wall time.Duration // what one run may take: see control
}

// openGo builds the test binaries in one sandbox, puts them into one per
// worker, and sees that without a candidate they do as the survey says.
func openGo(ctx context.Context, s survey.Subject, seen *survey.Survey, candidates []mutate.Edit, o Options) (Bench, error) {
	b := &goBench{subject: s, edits: candidates, tests: map[string]goTest{}}
	b.know(seen)
	binaries, err := b.build(ctx)
	if err != nil {
		return nil, fmt.Errorf("trial: %w", err)
	}
	if o.Parallel == 0 {
		o.Parallel = runtime.GOMAXPROCS(0)
	}
	if err := b.start(ctx, binaries, o.Parallel); err != nil {
		return nil, errors.Join(fmt.Errorf("trial: %w", err), b.Close())
	}
	if err := b.control(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("trial: %w", err), b.Close())
	}
	return b, nil
}

// know takes the tests from the survey: flaky ones are none.
func (b *goBench) know(seen *survey.Survey) {
	packages := map[string]goPackage{}
	for _, test := range seen.Tests {
		importPath, name, ok := strings.Cut(test.ID, " ")
		if !ok || slices.Contains(seen.Flaky, test.ID) {
			continue
		}
		top, _, _ := strings.Cut(name, "/")
		b.tests[test.ID] = goTest{importPath, top, test}
		packages[importPath] = goPackage{path: importPath, dir: test.Dir}
	}
	for i, importPath := range slices.Sorted(maps.Keys(packages)) {
		p := packages[importPath]
		p.binary = fmt.Sprintf("tests%d", i)
		b.packages = append(b.packages, p)
	}
}

// start makes the sandboxes of the workers.
func (b *goBench) start(ctx context.Context, binaries map[string]repo.File, parallel int) error {
	b.boxes = make(chan sandbox.Sandbox, parallel)
	for range parallel {
		box, err := b.worker(ctx, b.subject.Tree, binaries)
		if err != nil {
			return err
		}
		b.all = append(b.all, box)
		b.boxes <- box
	}
	return nil
}

func (b *goBench) worker(ctx context.Context, tree *repo.Tree, binaries map[string]repo.File) (sandbox.Sandbox, error) {
	return b.subject.Provider.New(ctx, sandbox.Spec{Tree: tree, Setup: b.subject.Setup, Files: binaries, Limits: b.subject.Limits})
}

// control runs everything without a candidate: it sets the limits of time, and
// leaves out the tests that end in another way than in the survey.
func (b *goBench) control(ctx context.Context) error {
	box := <-b.boxes
	defer func() { b.boxes <- box }()
	for i := range b.packages {
		p := &b.packages[i]
		p.cpu, p.wall = controlLimit, controlLimit
		run, err := b.run(ctx, box, *p, "", nil, false)
		if err != nil {
			return err
		}
		p.cpu, p.wall = 10*run.cpu+50*time.Millisecond, 10*run.wall+2*time.Second
		b.compare(*p, run)
	}
	if slices.Sort(b.without); len(b.tests) == 0 {
		return errors.New("with the candidates compiled in, but none selected, no test ends as in the survey")
	}
	return nil
}

// controlLimit is for a package's tests without a candidate; a script has
// 90 s for all of them. With a candidate they get a multiple of what they took:
// of processor time little more, so that a loop is told early (but a thousand
// failures cost more than as many passes: spf13/cast), and of time much more, so
// that a busy machine is not taken for one.
const controlLimit = 90 * time.Second

func (b *goBench) compare(p goPackage, run goRun) {
	for id, test := range b.tests {
		if test.pkg == p.path && run.statuses[strings.TrimPrefix(id, p.path+" ")] != test.Status {
			b.without = append(b.without, id)
			delete(b.tests, id)
		}
	}
}

// Try selects candidates and runs tests. What cannot be selected is built.
func (b *goBench) Try(ctx context.Context, t Try) (Outcome, error) {
	asked, err := b.asked(t.Tests)
	if err != nil {
		return Outcome{}, fmt.Errorf("trial: %w", err)
	}
	for _, c := range t.Candidates {
		if c < 0 || c >= len(b.edits) {
			return Outcome{}, fmt.Errorf("trial: there is no candidate %d; there are %d, from 0", c, len(b.edits))
		}
	}
	select {
	case <-ctx.Done():
		return Outcome{}, context.Cause(ctx)
	case box := <-b.boxes:
		defer func() { b.boxes <- box }()
		chosen, err := b.board.Select(t.Candidates...)
		if err != nil {
			return b.plain(ctx, t, asked)
		}
		return b.try(ctx, box, chosen, asked, t.Early)
	}
}

// asked sorts tests by package.
func (b *goBench) asked(ids []string) (map[string][]string, error) {
	asked := map[string][]string{}
	if ids == nil {
		for id, test := range b.tests {
			asked[test.pkg] = append(asked[test.pkg], id)
		}
		return asked, nil
	}
	for _, id := range ids {
		test, known := b.tests[id]
		if !known {
			return nil, fmt.Errorf("there is no test %q here; ids are those of the survey, without those that the bench leaves out", id)
		}
		asked[test.pkg] = append(asked[test.pkg], id)
	}
	return asked, nil
}

func (b *goBench) try(ctx context.Context, box sandbox.Sandbox, chosen string, asked map[string][]string, early bool) (Outcome, error) {
	out := Outcome{Ended: true}
	for _, p := range b.packages {
		ids, wanted := asked[p.path]
		if !wanted {
			continue
		}
		run, err := b.run(ctx, box, p, chosen, b.top(ids), early)
		if err != nil {
			return Outcome{}, err
		}
		out.Ended = out.Ended && run.ended
		for _, id := range ids {
			switch run.statuses[strings.TrimPrefix(id, p.path+" ")] {
			case suite.Passed:
				out.Passed = append(out.Passed, id)
			case suite.Failed:
				out.Failed = append(out.Failed, id)
			}
		}
		if early && (len(out.Failed) > 0 || !run.ended) {
			out.Ended = false
			break
		}
	}
	slices.Sort(out.Passed)
	slices.Sort(out.Failed)
	return out, nil
}

// top lists the top-level tests of ids, each once.
func (b *goBench) top(ids []string) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = b.tests[id].top
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Close ends the sandboxes. No trial may be running.
func (b *goBench) Close() (err error) {
	for _, box := range b.all {
		err = errors.Join(err, box.Close())
	}
	return err
}

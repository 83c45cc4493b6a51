package baseline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/suite"
	"github.com/selfplay-swe/ssr/verify"
)

// A ground is a repository as the injector knows it: its tests, what they cover,
// and its code. Everything here is a function of the snapshot.
type ground struct {
	repository *inject.Repository
	subject    survey.Subject
	seen       *survey.Survey
	groups     []*group // of steady, passing tests; sorted by id
	code       *code
	reached    []mutate.Function // that some group runs, sorted by file and line

	fields  shelf[*field]
	pools   shelf[[]*part]
	history shelf[[]past]
}

// A group is a top-level test with its subtests: what is run and measured as one.
type group struct {
	id      string // of the top-level test
	unit    string // what is chosen as a whole: the folder for Go, else the file
	tests   []survey.Test
	lines   map[place]bool
	seconds float64
}

// newGround surveys a repository. An *inject.UnplayableError says why it cannot
// be played on.
func newGround(ctx context.Context, r *inject.Repository) (*ground, error) {
	g := &ground{repository: r, subject: survey.Subject{
		Tree: r.Snapshot.Tree, Provider: r.Provider, Limits: r.Limits, Source: r.Snapshot.Source,
	}}
	if r.Setup != nil {
		g.subject.Setup = r.Setup.Whole
	}
	var err error
	if g.seen, err = survey.Cached(ctx, r.Snapshot.Dir, g.subject, survey.Options{Coverage: true, Timeout: r.MaxTime}); err != nil {
		return nil, err
	}
	g.groups = passing(g.seen)
	if g.code, err = openCode(ctx, g.subject, g.seen.Framework); err != nil {
		return nil, err
	}
	g.reached = slices.DeleteFunc(slices.Clone(g.code.functions), func(f mutate.Function) bool {
		return steers(f.File) || !slices.ContainsFunc(g.groups, func(t *group) bool { return g.enters(t, f) })
	})
	return g, g.playable()
}

// playable refuses a repository on which the judge's defaults leave no bug.
func (g *ground) playable() error {
	files := map[string]bool{}
	for _, f := range g.reached {
		files[f.File] = true
	}
	if len(files) >= 2 {
		return nil
	}
	return &inject.UnplayableError{
		Source:  g.repository.Snapshot.Source,
		Problem: fmt.Sprintf("its passing tests run the functions of %d code files", len(files)),
		Want:    "a bug has to change 2 files that tests cover",
	}
}

// passing groups the tests that pass, without those where a subtest does not.
func passing(seen *survey.Survey) []*group {
	byID, spoiled := map[string]*group{}, map[string]bool{}
	for _, t := range seen.Tests {
		id := topID(t, seen.Framework)
		if t.Status != suite.Passed {
			spoiled[id] = spoiled[id] || t.Status != suite.Skipped || t.ID == id
			continue
		}
		g := byID[id]
		if g == nil {
			g = &group{id: id, unit: cmp.Or(t.File, t.Dir), lines: covered(seen.Coverage[id])}
			if seen.Framework == survey.GoTest {
				g.unit = t.Dir
			}
			byID[id] = g
		}
		g.tests = append(g.tests, t)
		g.seconds = max(g.seconds, t.Seconds)
	}
	for known := range byID {
		spoiled[known] = spoiled[known] || slices.ContainsFunc(seen.Flaky, func(id string) bool {
			return id == known || strings.HasPrefix(id, known+"/") || strings.HasPrefix(id, known+"[")
		})
	}
	var list []*group
	for id, g := range byID {
		if !spoiled[id] && len(g.lines) > 0 {
			list = append(list, g)
		}
	}
	slices.SortFunc(list, func(a, b *group) int { return strings.Compare(a.id, b.id) })
	return list
}

// topID is the id of the top-level test that a test is part of.
func topID(t survey.Test, f survey.Framework) string {
	return strings.TrimSuffix(t.ID, t.Name) + t.Top(f)
}

// runs says whether a group runs one of some lines.
func (t *group) runs(file string, first, last int) bool {
	for line := first; line <= last; line++ {
		if t.lines[place{file, line}] {
			return true
		}
	}
	return false
}

// enters says whether a group runs a function. The line of its name does not
// tell, but for Go: other languages run it when they define the function.
func (g *ground) enters(t *group, f mutate.Function) bool {
	first := f.First
	if g.seen.Framework != survey.GoTest && f.Last > first {
		first++
	}
	return t.runs(f.File, first, f.Last)
}

// steers says whether a path is none that a bug may be in, since it decides what
// tests say without being the code they test.
func steers(file string) bool {
	return slices.ContainsFunc(verify.DefaultSteering(), func(rule verify.Steering) bool { return rule.About(file) })
}

// targets lists the functions that tests run, as targets.
func (g *ground) targets() (list []inject.Target) {
	for _, f := range g.reached {
		list = append(list, inject.Target{File: f.File, Func: f.Name})
	}
	return list
}

// read reads a file of the original.
func (g *ground) read(file string) ([]byte, error) {
	f, err := g.subject.Tree.Read(file)
	return f.Data, err
}

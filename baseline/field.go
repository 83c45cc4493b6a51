package baseline

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/mutate"
)

// A field is the tests that watch over one folder of code, and how an artifact
// runs them. All bugs that are aimed at the folder are made for these tests.
type field struct {
	dir    string
	groups []*group
	tests  []survey.Test // of the groups, sorted by id
	index  map[string]int
	oracle []string // the test files
	script []byte
	parser []byte
}

const (
	briefSuite = 5.0 // seconds that a suite may take for more than what is needed
	spareTests = 5   // passing tests above the judge's minimum: one may turn out flaky
)

// newField chooses tests for a folder: whole units (packages of Go, files of
// Python), those that run the most of it first, until every line of it that tests
// can run is run, there are enough tests and they run enough files.
func (g *ground) newField(dir string, m inject.Minima) *field {
	f := &field{dir: dir, parser: survey.Parser(g.seen.Framework), index: map[string]int{}}
	c := choosing{field: f, tests: m.PassingTests + spareTests, code: m.ChangedFiles, lines: map[place]bool{}, files: map[string]bool{}}
	for _, unit := range g.units(dir) {
		if !c.enough() || c.seconds <= briefSuite && unit.adds(dir, c.lines) {
			c.take(g, unit)
		}
	}
	slices.SortFunc(f.tests, func(a, b survey.Test) int { return strings.Compare(a.ID, b.ID) })
	for i, t := range f.tests {
		f.index[t.ID] = i
	}
	f.oracle = g.oracle(f.tests)
	f.script = survey.Script(g.seen.Framework, f.tests)
	return f
}

// A choosing is how far the choice of a field's tests is.
type choosing struct {
	field       *field
	tests, code int // how many tests are needed, and how many code files that they run
	seconds     float64
	lines       map[place]bool  // that the chosen tests run
	files       map[string]bool // of code that can be edited, that they run
}

func (c *choosing) enough() bool { return len(c.field.tests) >= c.tests && len(c.files) >= c.code }

// take chooses a unit, or as much of it as there is time for when the rest is there.
func (c *choosing) take(g *ground, u unit) {
	for _, t := range u {
		if c.enough() && c.seconds > briefSuite {
			return
		}
		c.field.groups, c.field.tests = append(c.field.groups, t), append(c.field.tests, t.tests...)
		c.seconds += t.seconds
		for at := range t.lines {
			c.lines[at] = true
			if !steers(at.file) && g.code.has(at.file) {
				c.files[at.file] = true
			}
		}
	}
}

// A unit is groups that are chosen together, those that run the most of a
// folder first.
type unit []*group

// adds says whether a unit runs lines of a folder that are not run yet.
func (u unit) adds(dir string, lines map[place]bool) bool {
	return slices.ContainsFunc(u, func(t *group) bool {
		for at := range t.lines {
			if path.Dir(at.file) == dir && !lines[at] {
				return true
			}
		}
		return false
	})
}

// units lists all units, those that run the most lines of a folder first, and
// of equals those that are near it.
func (g *ground) units(dir string) []unit {
	byName := map[string]unit{}
	own := map[*group]int{}
	for _, t := range g.groups {
		byName[t.unit] = append(byName[t.unit], t)
		for at := range t.lines {
			if path.Dir(at.file) == dir {
				own[t]++
			}
		}
	}
	best := func(u unit) int { return own[slices.MaxFunc(u, func(a, b *group) int { return own[a] - own[b] })] }
	var list []unit
	for _, u := range byName {
		slices.SortFunc(u, func(a, b *group) int { return cmp.Or(own[b]-own[a], strings.Compare(a.id, b.id)) })
		list = append(list, u)
	}
	slices.SortFunc(list, func(a, b unit) int {
		return cmp.Or(best(b)-best(a), far(a[0].unit, dir)-far(b[0].unit, dir), strings.Compare(a[0].unit, b[0].unit))
	})
	return list
}

// far counts the steps from one folder to another.
func far(a, b string) int {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	same := 0
	for same < min(len(x), len(y)) && x[same] == y[same] {
		same++
	}
	return len(x) + len(y) - 2*same
}

// oracle lists the test files that decide: those that define the tests, and for
// Go all of their packages, which are compiled together.
func (g *ground) oracle(tests []survey.Test) (files []string) {
	dirs := map[string]bool{}
	for _, t := range tests {
		dirs[t.Dir] = true
		if t.File != "" {
			files = append(files, t.File)
		}
	}
	if g.seen.Framework == survey.GoTest {
		for file := range g.subject.Tree.Paths() {
			if strings.HasSuffix(file, "_test.go") && dirs[path.Dir(file)] {
				files = append(files, file)
			}
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// watching lists the groups of the field that run the lines of an edit.
func (f *field) watching(e mutate.Edit) (list []*group) {
	last := e.Line
	for _, c := range e.Changes {
		last += strings.Count(c.Before, "\n")
	}
	for _, t := range f.groups {
		if t.runs(e.File, e.Line, last) {
			list = append(list, t)
		}
	}
	return list
}

// testsOf lists the ids of the tests of some groups, sorted.
func testsOf(groups []*group) (ids []string) {
	for _, t := range groups {
		for _, test := range t.tests {
			ids = append(ids, test.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// field returns the field of a folder.
func (g *ground) field(ctx context.Context, dir string, m inject.Minima) (*field, error) {
	key := fmt.Sprintf("%s %d %d", dir, m.PassingTests, m.ChangedFiles)
	return g.fields.take(ctx, key, func(context.Context) (*field, error) { return g.newField(dir, m), nil })
}

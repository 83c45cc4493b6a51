package mutate_test

import (
	"encoding/json"
	"go/format"
	"go/importer"
	"iter"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/mutate"
)

// Modules that import nothing but the standard library, so that its export data
// is all that their types need.
var realModules = []string{
	"github.com/gorilla/mux@v1.8.1",
	"github.com/spf13/cast@v1.10.0",
}

// TestRealModules holds every edit of real modules against what an edit
// promises: it is where it says, is exactly undone, compiles, leaves formatted
// what was formatted, leaves tests and generated files alone, and survives JSON.
func TestRealModules(t *testing.T) {
	for _, module := range realModules {
		t.Run(module, func(t *testing.T) {
			sources := download(t, module)
			m := load(t, sources)
			keys := map[string]bool{}
			for _, dir := range m.Dirs() {
				functions := m.Functions(dir)
				for e := range m.Edits(dir) {
					require.False(t, keys[e.Key()], "twice: %+v", e)
					keys[e.Key()] = true
					require.False(t, strings.HasSuffix(e.File, "_test.go"))
					require.True(t, e.Func == "" || slices.ContainsFunc(functions, func(f mutate.Function) bool {
						return f.File == e.File && f.Name == e.Func && f.First <= e.Line && e.Line <= f.Last
					}), "%+v", e)
					promises(t, m, sources, e, len(keys)%7 == 0)
				}
			}
			t.Logf("%d edits", len(keys))
		})
	}
}

// promises checks one edit, thoroughly or only that it is undone.
func promises(t *testing.T, m *mutate.GoModule, sources files, e mutate.Edit, thoroughly bool) {
	changed, err := mutate.Apply(sources.read, e)
	require.NoError(t, err)
	after := func(file string) ([]byte, error) { return changed[file], nil }
	before, err := mutate.Undo(after, e)
	require.NoError(t, err)
	for file, src := range before {
		require.Equal(t, sources[file], string(src))
		require.NotEqual(t, sources[file], string(changed[file]))
	}
	if !thoroughly {
		return
	}
	require.NoError(t, m.Check(e), "%+v", e)
	for file, src := range changed {
		if was, err := format.Source([]byte(sources[file])); err == nil && string(was) == sources[file] {
			is, err := format.Source(src)
			require.NoError(t, err)
			require.Equal(t, string(is), string(src), "%+v", e)
		}
	}
	text, err := json.Marshal(e)
	require.NoError(t, err)
	var again mutate.Edit
	require.NoError(t, json.Unmarshal(text, &again))
	require.Equal(t, e, again)
}

// TestRepairsUndoEdits breaks a real module by edits of every operator, and
// looks for the repair that gives the original back. It logs the share found for
// each operator, and holds the operators that are their own inverse to all.
func TestRepairsUndoEdits(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: type-checks a module once for every edit")
	}
	sources := download(t, realModules[0])
	const most = 2 // of each operator; 12 take minutes
	tried, found := map[string]int{}, map[string]int{}
	for e := range every(load(t, sources).Edits("."), 3) {
		if tried[e.Operator] == most || e.Func == "" || len(e.Changes) > 1 {
			continue
		}
		tried[e.Operator]++
		if repairable(t, sources, e) {
			found[e.Operator]++
		}
	}
	for _, op := range slices.Sorted(maps.Keys(tried)) {
		t.Logf("%-20s %d of %d", op, found[op], tried[op])
	}
	for _, op := range []string{"rel-boundary", "eq-flip", "nil-flip", "logic-change", "arith-change", "break-continue", "arg-swap"} {
		require.Equal(t, tried[op], found[op], op)
	}
}

// every yields one in n.
func every(all iter.Seq[mutate.Edit], n int) iter.Seq[mutate.Edit] {
	return func(yield func(mutate.Edit) bool) {
		i := 0
		for e := range all {
			if i++; i%n == 0 && !yield(e) {
				return
			}
		}
	}
}

// idle is what an edit leaves to use a variable.
var idle = regexp.MustCompile(`(?m)^\t+_ = \w+\n`)

// mostRepairs is how many repairs of the broken function are looked at.
const mostRepairs = 300

func repairable(t *testing.T, sources files, e mutate.Edit) bool {
	broken := maps.Clone(sources)
	changed, err := mutate.Apply(sources.read, e)
	require.NoError(t, err)
	for file, src := range changed {
		broken[file] = string(src)
	}
	m, tried := load(t, broken), 0
	for _, f := range m.Functions(path.Dir(e.File)) {
		if f.Name != e.Func || f.File != e.File {
			continue
		}
		for repair := range m.Repairs(path.Dir(e.File), f) {
			if tried++; tried > mostRepairs {
				return false
			}
			repaired, err := mutate.Apply(broken.read, repair)
			require.NoError(t, err)
			if idle.ReplaceAllString(string(repaired[e.File]), "") == sources[e.File] {
				return true
			}
		}
	}
	return false
}

// BenchmarkGoEdits reports what one edit costs, type-checked and formatted.
func BenchmarkGoEdits(b *testing.B) {
	sources := download(b, realModules[0])
	for b.Loop() {
		m, n, start := load(b, sources), 0, time.Now()
		for range m.Edits(".") {
			n++
		}
		b.ReportMetric(float64(n), "edits")
		b.ReportMetric(float64(time.Since(start).Microseconds())/float64(n), "µs/edit")
	}
}

// download reads a module's Go files through the go command's cache.
func download(t testing.TB, module string) files {
	out, err := exec.Command("go", "mod", "download", "-json", module).Output()
	if err != nil {
		t.Skipf("%s is not to be had here: %v", module, err)
	}
	var got struct{ Dir string }
	require.NoError(t, json.Unmarshal(out, &got))
	return folder(t, got.Dir)
}

func folder(t testing.TB, dir string) files {
	sources := files{}
	err := filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || filepath.Ext(name) != ".go" && entry.Name() != "go.mod" {
			return err
		}
		src, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		sources[filepath.ToSlash(rel)] = string(src)
		return err
	})
	require.NoError(t, err)
	return sources
}

var std = importer.Default() // shared: it reads every package once

func load(t testing.TB, sources files) *mutate.GoModule {
	if _, err := std.Import("net/http"); err != nil {
		t.Skip("the go command has no export data of the standard library: ", err)
	}
	m, err := mutate.LoadGo(sources.read, sources.paths(), std)
	require.NoError(t, err)
	return m
}

package mutate_test

import (
	"flag"
	"fmt"
	"go/format"
	"iter"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/selfplay-swe/ssr/mutate"
)

var update = flag.Bool("update", false, "rewrite the wanted results of testdata/go")

// mostShown is how many results of a repair an archive holds: the first.
const mostShown = 6

// TestGoOperators holds every operator against its archive in testdata/go: the
// files of a small module, and then, below result/N, the files that the operator's
// edit N changes, as they are after it.
func TestGoOperators(t *testing.T) {
	for _, op := range mutate.GoOperators() {
		t.Run(op.Name, func(t *testing.T) {
			name := filepath.Join("testdata", "go", op.Name+".txtar")
			archive, err := txtar.ParseFile(name)
			require.NoError(t, err)
			sources, want := split(archive)
			m, err := mutate.LoadGo(sources.read, sources.paths(), std)
			require.NoError(t, err)
			got := results(t, m, sources, op)
			if *update {
				write(t, name, archive.Comment, sources, got)
				return
			}
			require.Equal(t, want, got)
		})
	}
}

// files is a small tree.
type files map[string]string

func (f files) read(path string) ([]byte, error) {
	if text, ok := f[path]; ok {
		return []byte(text), nil
	}
	return nil, os.ErrNotExist
}

func (f files) paths() iter.Seq[string] { return slices.Values(slices.Sorted(maps.Keys(f))) }

// split tells an archive's module from the wanted results.
func split(archive *txtar.Archive) (sources, want files) {
	sources, want = files{}, files{}
	for _, f := range archive.Files {
		if strings.HasPrefix(f.Name, "result/") {
			want[f.Name] = string(f.Data)
		} else {
			sources[f.Name] = string(f.Data)
		}
	}
	if _, ok := sources["go.mod"]; !ok {
		sources["go.mod"] = "module example.com/p\n\ngo 1.24\n"
	}
	return sources, want
}

// results applies an operator's edits one by one. Each must compile and be
// formatted.
func results(t *testing.T, m *mutate.GoModule, sources files, op mutate.Operator) files {
	got, n := files{}, 0
	for _, dir := range m.Dirs() {
		all := m.Edits(dir)
		if op.Repair {
			all = m.Repairs(dir)
		}
		for e := range all {
			if e.Operator != op.Name || op.Repair && n == mostShown {
				continue
			}
			n++
			require.NoError(t, m.Check(e))
			changed, err := mutate.Apply(sources.read, e)
			require.NoError(t, err)
			for file, src := range changed {
				formatted, err := format.Source(src)
				require.NoError(t, err)
				require.Equal(t, string(formatted), string(src))
				got[path.Join("result", fmt.Sprint(n), file)] = string(src)
			}
		}
	}
	require.NotEmpty(t, got)
	return got
}

func write(t *testing.T, name string, comment []byte, sources, got files) {
	archive := &txtar.Archive{Comment: comment}
	for _, part := range []files{sources, got} {
		for _, file := range slices.Sorted(maps.Keys(part)) {
			archive.Files = append(archive.Files, txtar.File{Name: file, Data: []byte(part[file])})
		}
	}
	require.NoError(t, os.WriteFile(name, txtar.Format(archive), 0o644))
}

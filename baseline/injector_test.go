package baseline

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/verify"
)

// smallModule writes a Go module of two code files and their tests.
func smallModule(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	write("go.mod", "module example.com/small\n\ngo 1.24\n")
	for _, name := range files {
		title := strings.ToUpper(name[:1]) + name[1:]
		write(name+".go", fmt.Sprintf("package small\n\n// %[1]s says which of two is larger.\nfunc %[1]s(a, b int) int {\n\tif a > b {\n\t\treturn 1\n\t}\n\tif a == b {\n\t\treturn 0\n\t}\n\treturn -1\n}\n", title))
		var tests strings.Builder
		for i := range 8 {
			fmt.Fprintf(&tests, "\nfunc Test%[1]s%[2]d(t *testing.T) {\n\tif got := %[1]s(%[2]d, 3); got != %[3]d {\n\t\tt.Fatal(got)\n\t}\n}\n", title, i, sign(i-3))
		}
		write(name+"_test.go", "package small\n\nimport \"testing\"\n"+tests.String())
	}
	return dir
}

func sign(n int) int { return max(-1, min(n, 1)) }

func injected(t *testing.T, i *Injector, a inject.Assignment) (*inject.Injection, Record) {
	t.Helper()
	injection, err := i.Inject(t.Context(), a)
	require.NoError(t, err)
	var record Record
	require.NoError(t, json.Unmarshal(injection.Record, &record))
	return injection, record
}

func TestAnInjectionIsAFunctionOfItsAssignment(t *testing.T) {
	r := openRepository(t, smallModule(t, "upper", "lower"))
	i := &Injector{RunDir: t.TempDir()}
	a := inject.Assignment{Repository: r, Strategy: inject.Mutation, Seed: 1, Target: inject.Target{File: "upper.go", Func: "Upper"}}
	first, record := injected(t, i, a)
	require.Empty(t, record.Problem)
	require.Equal(t, "Upper", record.Drafts[len(record.Drafts)-1].Parts[0].Func, "the first edit is at the target")

	again, _ := injected(t, &Injector{}, a) // what the first one kept beside the snapshot, and nothing else
	require.Equal(t, first, again)

	others := map[string]bool{string(first.Files.Inject): true}
	for seed := range uint64(4) {
		a.Seed = 10 + seed
		other, _ := injected(t, i, a)
		others[string(other.Files.Inject)] = true
	}
	require.Greater(t, len(others), 1, "other seeds make other bugs")

	artifact, err := bug.Parse(first.Files)
	require.NoError(t, err)
	judge := &verify.Judge{Provider: r.Provider, Setup: r.Setup.Whole, RunDir: i.RunDir}
	report, err := judge.Verify(t.Context(), r.Snapshot, artifact)
	require.NoError(t, err)
	require.True(t, report.Consistent, "%+v", report.Checks)
	require.Positive(t, report.RunsSaved, "the judge reads the runs that the injector made")
}

// A bug needs two files: one with many functions does not take the place of the
// others.
func TestEditsAreTakenEvenlyOverFiles(t *testing.T) {
	dir := smallModule(t, "upper", "lower")
	var table, sum strings.Builder
	for n := range 40 {
		fmt.Fprintf(&table, "\nfunc row%[1]d() int { return %[1]d }\n", n)
		fmt.Fprintf(&sum, "\trow%d()\n", n)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "table.go"), []byte("package small\n"+table.String()), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "table_test.go"), []byte("package small\n\nimport \"testing\"\n\nfunc TestTable(*testing.T) {\n"+sum.String()+"}\n"), 0o644))
	g, err := newGround(t.Context(), openRepository(t, dir))
	require.NoError(t, err)
	list, err := g.edits(t.Context(), g.newField(".", complete(inject.Minima{})), 30, func(string) bool { return true })
	require.NoError(t, err)
	files := map[string]int{}
	for _, c := range list {
		files[c.File]++
	}
	require.Equal(t, map[string]int{"upper.go": 10, "lower.go": 10, "table.go": 10}, files)
}

func TestAnInjectorThatFindsNothingSaysWhy(t *testing.T) {
	r := openRepository(t, smallModule(t, "upper", "lower"))
	i := &Injector{}
	for want, a := range map[string]inject.Assignment{
		"no passing test runs missing.go:F": {Repository: r, Strategy: inject.Mutation, Target: inject.Target{File: "missing.go", Func: "F"}},
		"no mixture of them":                {Repository: r, Strategy: inject.Mutation, Minima: inject.Minima{ChangedFiles: 3}},
	} {
		injection, record := injected(t, i, a)
		require.Contains(t, record.Problem, want)
		require.Equal(t, bug.Files{}, injection.Files)
		require.Equal(t, record.Problem, injection.Ending, "a person is told, too")
	}
	_, err := i.Inject(t.Context(), inject.Assignment{Repository: r, Strategy: "magic"})
	require.ErrorContains(t, err, `inject: the strategy is "magic"`)
}

func TestARepositoryWithOneCodeFileIsNotPlayable(t *testing.T) {
	r := openRepository(t, smallModule(t, "upper"))
	err := (&Injector{}).Prepare(t.Context(), r)
	var unplayable *inject.UnplayableError
	require.ErrorAs(t, err, &unplayable)
}

func TestHistoryFallsBackToSmallEditsWhereThereIsNone(t *testing.T) {
	r := openRepository(t, smallModule(t, "upper", "lower"))
	_, record := injected(t, &Injector{}, inject.Assignment{Repository: r, Strategy: inject.History, Seed: 3})
	require.Empty(t, record.Problem)
	require.Equal(t, inject.History, record.Strategy)
	for _, part := range record.Drafts[len(record.Drafts)-1].Parts {
		require.Empty(t, part.Commit, "the record does not claim a past")
	}
}

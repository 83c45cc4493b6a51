package trial_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/baseline/trial"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/suite"
)

// TestPythonTellsTheTruth compares trials of real projects with what the
// survey's script says of the tree with the real edit in it. A subset by default;
// SSR_PYTHON names other projects of PyPI: "isodate==0.7.2 pathspec==0.12.1".
func TestPythonTellsTheTruth(t *testing.T) {
	projects := []string{"toolz==1.0.0"}
	if more := os.Getenv("SSR_PYTHON"); more != "" {
		projects = strings.Fields(more)
	}
	for _, name := range projects {
		t.Run(name, func(t *testing.T) {
			subject := pypi(t, name)
			seen, err := survey.Take(t.Context(), subject, survey.Options{})
			require.NoError(t, err)
			edits := draw(pythonEditsOf(t, subject), 8)
			start := time.Now()
			bench, err := trial.Open(t.Context(), subject, seen, edits, trial.Options{Parallel: 1})
			require.NoError(t, err)
			defer bench.Close()
			t.Logf("%s, %d tests, opened in %v, without %d", seen.Framework, len(seen.Tests), time.Since(start), len(bench.Without()))
			for i, edit := range edits {
				start := time.Now()
				out, err := bench.Try(t.Context(), trial.Try{Candidates: []int{i}})
				require.NoError(t, err)
				t.Logf("%-18s %d passed, %d failed, ended %v, in %v", edit.Operator, len(out.Passed), len(out.Failed), out.Ended, time.Since(start))
				if !out.Ended {
					continue // the script has its own limit, and takes all of it
				}
				real, err := survey.Take(t.Context(), edited(t, subject, edit), survey.Options{AllowFailing: true})
				if err != nil {
					require.Empty(t, out.Passed, "%+v: %v", edit, err)
					continue
				}
				steady := slices.DeleteFunc(out.Passed, func(id string) bool { return slices.Contains(real.Flaky, id) })
				require.Equal(t, passing(real, seen, bench), steady, "%+v", edit)
			}
		})
	}
}

// BenchmarkPython tries candidates of a real project on every processor: ten
// tests each, until the first fails.
func BenchmarkPython(b *testing.B) {
	subject := pypi(b, "more-itertools==10.5.0")
	seen, err := survey.Take(b.Context(), subject, survey.Options{})
	require.NoError(b, err)
	edits := draw(pythonEditsOf(b, subject), 1000)
	bench, err := trial.Open(b.Context(), subject, seen, edits, trial.Options{})
	require.NoError(b, err)
	defer bench.Close()
	var next atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := int(next.Add(1))
			var tests []string
			for n := range 10 {
				tests = append(tests, seen.Tests[(i*10+n)%len(seen.Tests)].ID)
			}
			if _, err := bench.Try(b.Context(), trial.Try{Candidates: []int{i % len(edits)}, Tests: tests, Early: true}); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "trials/s")
}

// pypi opens a source distribution of PyPI, which pip unpacks in a sandbox,
// since it runs the project's own setup.py.
func pypi(t testing.TB, name string) survey.Subject {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: downloads real projects and runs their tests")
	}
	provider := pythonProvider(t)
	box, err := provider.New(t.Context(), sandbox.Spec{Network: true})
	require.NoError(t, err)
	defer box.Close()
	project, _, _ := strings.Cut(name, "==")
	script := fmt.Sprintf("mkdir /tmp/got && cd /tmp/got && python3 -m pip download -q --disable-pip-version-check --no-deps --no-binary '%s' '%s' && tar -xzf * -C /work --strip-components=1", project, name)
	result, err := box.Run(t.Context(), sandbox.Cmd{Args: []string{"bash", "-c", script}, Combine: true})
	require.NoError(t, err)
	if !result.OK() {
		t.Skipf("PyPI cannot be reached, or pip is missing: %s", result.Output)
	}
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	dir := t.TempDir()
	for _, change := range changes {
		if change.Mode != repo.Regular && change.Mode != repo.Executable {
			continue
		}
		file, err := box.Read(t.Context(), change.Path, change.Size)
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(change.Path)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, change.Path), file.Data, 0o644))
	}
	snapshot, err := repo.Open(t.Context(), dir, repo.Options{})
	require.NoError(t, err)
	return survey.Subject{Tree: snapshot.Tree, Provider: provider, Source: name}
}

// pythonEditsOf are all edits of a tree's code.
func pythonEditsOf(t testing.TB, s survey.Subject) []mutate.Edit {
	t.Helper()
	sources := map[string][]byte{}
	for name := range s.Tree.Paths() {
		if strings.HasSuffix(name, ".py") && !strings.Contains(name, "test") && strings.Contains(name, "/") && !strings.Contains(name, "doc") {
			file, err := s.Tree.Read(name)
			require.NoError(t, err)
			sources[name] = file.Data
		}
	}
	edits, err := mutate.Python{Run: trial.Runner(s), Sources: sources}.Edits(t.Context(), nil)
	require.NoError(t, err)
	return edits
}

// draw picks some edits, the same each time.
func draw(edits []mutate.Edit, n int) (drawn []mutate.Edit) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, i := range rng.Perm(len(edits))[:min(n, len(edits))] {
		drawn = append(drawn, edits[i])
	}
	return drawn
}

// edited is a subject with an edit in its tree.
func edited(t testing.TB, s survey.Subject, edit mutate.Edit) survey.Subject {
	t.Helper()
	changed, err := mutate.Apply(func(name string) ([]byte, error) {
		file, err := s.Tree.Read(name)
		return file.Data, err
	}, edit)
	require.NoError(t, err)
	files := map[string]*repo.File{}
	for name, data := range changed {
		files[name] = &repo.File{Mode: repo.Regular, Data: data}
	}
	s.Tree, err = s.Tree.With(files)
	require.NoError(t, err)
	return s
}

// passing are the tests of a survey that pass, of those that a bench tries.
// Projects whose ids depend on the order of a set have others in every run.
func passing(real, seen *survey.Survey, bench trial.Bench) (ids []string) {
	tried := map[string]bool{}
	for _, test := range seen.Tests {
		tried[test.ID] = !slices.Contains(bench.Without(), test.ID)
	}
	for _, test := range real.Tests {
		if test.Status == suite.Passed && tried[test.ID] {
			ids = append(ids, test.ID)
		}
	}
	return ids
}

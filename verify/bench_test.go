package verify_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/verify"
)

// BenchmarkVerify judges an artifact with five files, whose suite computes for
// nearly a second, as one that has to be compiled does, and runs the same ten suites bare: script and parser on the host, one
// after the other, on trees that are there already (the artifact is our own).
// Both are timed in turns, so that a busy machine slows both. It reports
//
//	verify/bare   wall time of judging by that of the bare runs; with one run at
//	              a time at most 1.05 is wanted
//	bare/verify   the gain; with two at a time on two cores at least 1.6 is wanted
func BenchmarkVerify(b *testing.B) {
	provider := machine.Provider(b)
	snapshot, artifact := sample(b, "inverse_many")
	artifact.Script = append([]byte("for ((i = 0; i < 900000; i++)); do :; done\n"), artifact.Script...)
	trees := unpacked(b, snapshot, artifact)
	for _, test := range []struct {
		name     string
		parallel int
	}{{"one", 1}, {"two", 2}} {
		b.Run(test.name, func(b *testing.B) {
			var bare, judged time.Duration
			for b.Loop() {
				begin := time.Now()
				for _, tree := range trees {
					runBare(b, tree, artifact)
				}
				bare += time.Since(begin)
				begin = time.Now()
				judge := &verify.Judge{Provider: provider, Options: verify.Options{Parallel: test.parallel}}
				report, err := judge.Verify(b.Context(), snapshot, artifact)
				judged += time.Since(begin)
				require.NoError(b, err)
				require.True(b, report.Consistent)
				require.Equal(b, len(trees), report.Runs)
			}
			b.ReportMetric(judged.Seconds()/bare.Seconds(), "verify/bare")
			b.ReportMetric(bare.Seconds()/judged.Seconds(), "bare/verify")
		})
	}
}

// BenchmarkVerifySaved judges the same artifact again, with all its runs kept.
func BenchmarkVerifySaved(b *testing.B) {
	provider := machine.Provider(b)
	snapshot, artifact := sample(b, "inverse_many")
	judge := &verify.Judge{Provider: provider, RunDir: b.TempDir()}
	_, err := judge.Verify(context.Background(), snapshot, artifact)
	require.NoError(b, err)
	for b.Loop() {
		report, err := judge.Verify(b.Context(), snapshot, artifact)
		require.NoError(b, err)
		require.Zero(b, report.Runs)
	}
}

// unpacked writes the trees that judging runs, each once for each run.
func unpacked(b *testing.B, snapshot *repo.Snapshot, artifact *bug.Artifact) []string {
	b.Helper()
	original := snapshot.Tree
	broken, err := artifact.Inject.Apply(original)
	require.NoError(b, err)
	weakened, err := artifact.Weaken.Apply(broken)
	require.NoError(b, err)
	trees := []*repo.Tree{original, original, broken, broken, weakened}
	for _, entry := range artifact.Inject.Entries {
		undone, err := bug.Revert(original, broken, entry)
		require.NoError(b, err)
		trees = append(trees, undone)
	}
	var dirs []string
	for _, tree := range trees {
		dir := b.TempDir()
		for path := range tree.Paths() {
			file, err := tree.Read(path)
			require.NoError(b, err)
			require.NoError(b, os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o777))
			require.NoError(b, os.WriteFile(filepath.Join(dir, path), file.Data, 0o777))
		}
		dirs = append(dirs, dir)
	}
	return dirs
}

// runBare runs script and parser as a person would.
func runBare(b *testing.B, dir string, artifact *bug.Artifact) {
	b.Helper()
	script := exec.Command("bash", "-c", string(artifact.Script))
	script.Dir = dir
	log, err := script.CombinedOutput()
	require.NoError(b, err)
	parser := exec.Command("bash", "-c", string(artifact.Parser))
	parser.Stdin = bytes.NewReader(log)
	results, err := parser.Output()
	require.NoError(b, err)
	require.True(b, strings.HasPrefix(string(results), "{"))
}

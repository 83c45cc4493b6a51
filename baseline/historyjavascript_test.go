package baseline

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/verify"
)

// commit commits all of a folder, on a clock of its own and without the user's
// configuration.
func commit(t *testing.T, dir string) (id string) {
	t.Helper()
	git := func(args ...string) string {
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
			"GIT_AUTHOR_DATE=2020-01-02T03:04:05Z", "GIT_COMMITTER_DATE=2020-01-02T03:04:05Z")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "git %v: %s", args, out)
		return strings.TrimSpace(string(out))
	}
	git("init", "-q")
	git("add", "-A")
	git("commit", "-q", "-m", "as it is now")
	return git("rev-parse", "HEAD")
}

// The past of a JavaScript package said in two files that equals are not equal.
// Undoing what mended them is a bug that the judge takes.
func TestHistoryOfJavaScriptIsUndone(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not here, which commits the past")
	}
	dir := smallPackage(t)
	var past []string
	for _, mended := range []string{"upper.js", "lower.js"} {
		now, err := os.ReadFile(filepath.Join(dir, mended))
		require.NoError(t, err)
		then := strings.ReplaceAll(string(now), "    return 0\n", "    return -1\n")
		require.NotEqual(t, string(now), then)
		require.NoError(t, os.WriteFile(filepath.Join(dir, mended), []byte(then), 0o644))
		past = append(past, commit(t, dir))
		require.NoError(t, os.WriteFile(filepath.Join(dir, mended), now, 0o644))
	}
	commit(t, dir)

	r := openRepository(t, dir)
	machine.Needs(t, r.Provider, "node --version")
	i := &Injector{RunDir: t.TempDir()}
	injection, record := injected(t, i, inject.Assignment{Repository: r, Strategy: inject.History, Seed: 1, Target: inject.Target{File: "upper.js"}})
	require.Empty(t, record.Problem, "%+v", record.Drafts)
	parts := record.Drafts[len(record.Drafts)-1].Parts
	require.Len(t, parts, 2)
	for _, part := range parts {
		require.Equal(t, pastHunk, part.Operator)
		require.Contains(t, past, part.Commit)
	}
	require.Equal(t, 2, strings.Count(string(injection.Files.Inject), "\n-    return 0\n+    return -1\n"), "%s", injection.Files.Inject)

	artifact, err := bug.Parse(injection.Files)
	require.NoError(t, err)
	report, err := (&verify.Judge{Provider: r.Provider, RunDir: i.RunDir}).Verify(t.Context(), r.Snapshot, artifact)
	require.NoError(t, err)
	_, ok := report.Bug()
	require.True(t, ok, "%+v", report.Checks)
}

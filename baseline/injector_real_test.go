package baseline

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/verify"
)

// TestInjectionsAreConsistent injects bugs of every strategy into a real module,
// and lets the judge decide. SSR_INJECT_SOURCES names other sources, separated by
// commas, SSR_INJECT_ROUNDS says how many bugs of each strategy to make, and
// SSR_INJECT_STRATEGIES of which.
func TestInjectionsAreConsistent(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: downloads a real module and runs its tests many times")
	}
	strategies := strings.Split(env("SSR_INJECT_STRATEGIES", "mutation,removal,history,direct"), ",")
	rounds, err := strconv.Atoi(env("SSR_INJECT_ROUNDS", "1"))
	require.NoError(t, err)
	for source := range strings.SplitSeq(env("SSR_INJECT_SOURCES", "module:github.com/gorilla/mux@v1.8.1"), ",") {
		r := openRepository(t, source)
		injector := &Injector{RunDir: t.TempDir()}
		judge := &verify.Judge{Provider: r.Provider, Setup: r.Setup.Whole, RunDir: injector.RunDir}
		begun := time.Now()
		require.NoError(t, injector.Prepare(t.Context(), r))
		targets, err := injector.Targets(t.Context(), r)
		require.NoError(t, err)
		t.Logf("%s: %d targets in %.1f s", source, len(targets), time.Since(begun).Seconds())
		for _, strategy := range strategies {
			consistent := 0
			for seed := range uint64(rounds) {
				a := inject.Assignment{Repository: r, Strategy: inject.Strategy(strategy), Seed: seed, Target: targets[int(seed*7)%len(targets)]}
				if consistentInjection(t, injector, judge, a) {
					consistent++
				}
			}
			t.Logf("%s %s: %d of %d consistent", source, strategy, consistent, rounds)
			require.GreaterOrEqual(t, 10*consistent, 6*rounds, "at least 60 %% of what is handed in is a bug")
		}
	}
}

func consistentInjection(t *testing.T, injector *Injector, judge *verify.Judge, a inject.Assignment) bool {
	begun := time.Now()
	injection, err := injector.Inject(t.Context(), a)
	require.NoError(t, err)
	seconds := time.Since(begun).Seconds()
	var record Record
	require.NoError(t, json.Unmarshal(injection.Record, &record))
	if record.Problem != "" {
		t.Logf("%s %v: %.1f s: nothing: %s (%d drafts)", a.Strategy, a.Target, seconds, record.Problem, len(record.Drafts))
		for _, d := range record.Drafts {
			t.Logf("    %+v: %s", d.Parts, d.Problem)
		}
		return false
	}
	for _, d := range record.Drafts[:len(record.Drafts)-1] {
		t.Logf("    not %+v: %s", d.Parts, d.Problem)
	}
	artifact, err := bug.Parse(injection.Files)
	require.NoError(t, err)
	begun = time.Now()
	report, err := judge.Verify(t.Context(), a.Repository.Snapshot, artifact)
	require.NoError(t, err)
	verdict := "consistent"
	for _, check := range report.Checks {
		if !check.Passed {
			verdict = check.Name + ": " + check.Finding
			break
		}
	}
	last := record.Drafts[len(record.Drafts)-1]
	t.Logf("%s %v: %.1f s, judged in %.1f s (%d runs, %d saved): %d of %d tests, %d hidden, draft %d %+v: %s", a.Strategy, a.Target, seconds,
		time.Since(begun).Seconds(), report.Runs, report.RunsSaved, len(report.FailToPass), record.Tests, len(report.Hidden), len(record.Drafts), last.Parts, verdict)
	return report.Consistent
}

func env(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

// openRepository opens a source with what its tests need.
func openRepository(t testing.TB, source string) *inject.Repository {
	t.Helper()
	provider := machine.Provider(t)
	snapshot := machine.Open(t, provider, source)
	installed, err := sandbox.Setup{}.Prepare(t.Context(), provider, snapshot)
	require.NoError(t, err)
	return &inject.Repository{Snapshot: snapshot, Provider: provider, Setup: installed}
}

package trial_test

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/baseline/trial"
	"github.com/selfplay-swe/ssr/mutate"
)

// BenchmarkTrial measures candidates of gorilla/mux: with the full list of
// failing tests, and with covering tests until the first failure. One operation
// is every eighth candidate once. ../../internal/mutantbench puts other tools
// beside it.
func BenchmarkTrial(b *testing.B) {
	s := subject(b, "github.com/gorilla/mux@v1.8.1")
	seen, err := survey.Take(b.Context(), s, survey.Options{Coverage: true})
	require.NoError(b, err)
	all := candidates(b, s, 0)
	edits := candidates(b, s, len(all)/8)
	bench, err := trial.Open(b.Context(), s, seen, edits, trial.Options{})
	require.NoError(b, err)
	defer bench.Close()
	b.Run("full", func(b *testing.B) {
		measure(b, bench, len(edits), func(i int) trial.Try { return trial.Try{Candidates: []int{i}} })
	})
	b.Run("early", func(b *testing.B) {
		measure(b, bench, len(edits), func(i int) trial.Try {
			return trial.Try{Candidates: []int{i}, Tests: covering(seen, edits[i]), Early: true}
		})
	})
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			again, err := trial.Open(b.Context(), s, seen, edits, trial.Options{})
			require.NoError(b, err)
			require.NoError(b, again.Close())
		}
		b.ReportMetric(float64(b.N*len(edits))/b.Elapsed().Seconds(), "candidates/s")
	})
}

// measure tries all n candidates but those that have to be built, or that no
// test covers, with a worker per processor.
func measure(b *testing.B, bench trial.Bench, n int, try func(int) trial.Try) {
	left := bench.Left()
	var tries []trial.Try
	for i := range n {
		if t := try(i); !slices.Contains(left, i) && (!t.Early || len(t.Tests) > 0) {
			tries = append(tries, t)
		}
	}
	for b.Loop() {
		var next atomic.Int64
		var workers sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			workers.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(tries)); i = next.Add(1) - 1 {
					if _, err := bench.Try(b.Context(), tries[i]); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		workers.Wait()
	}
	b.ReportMetric(float64(b.N*len(tries))/b.Elapsed().Seconds(), "candidates/s")
}

// covering lists the top-level tests that run the line of an edit.
func covering(seen *survey.Survey, edit mutate.Edit) (ids []string) {
	for _, test := range seen.Tests {
		covers := func(s survey.Span) bool { return s.File == edit.File && s.First <= edit.Line && edit.Line <= s.Last }
		if slices.ContainsFunc(seen.Coverage[test.ID], covers) {
			ids = append(ids, test.ID)
		}
	}
	return ids
}

package trial_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/baseline/trial"
	"github.com/selfplay-swe/ssr/mutate"
)

func TestProto(t *testing.T) {
	s := subject(t, "github.com/gorilla/mux@v1.8.1")
	t0 := time.Now()
	seen, err := survey.Take(t.Context(), s, survey.Options{})
	require.NoError(t, err)
	t.Log("survey", time.Since(t0), len(seen.Tests))
	var edits []mutate.Edit
	for _, name := range sources(s.Tree) {
		edits = append(edits, flips(t, s.Tree, name)...)
	}
	t0 = time.Now()
	b, err := trial.Open(t.Context(), s, seen, edits, trial.Options{})
	require.NoError(t, err)
	defer b.Close()
	t.Log("open", time.Since(t0), len(edits), len(b.Left()), b.Without())
	left := map[int]bool{}
	for _, i := range b.Left() {
		left[i] = true
	}
	t0 = time.Now()
	var wg sync.WaitGroup
	var mu sync.Mutex
	n, killed, timeout := 0, 0, 0
	work := make(chan int)
	for range 2 {
		wg.Go(func() {
			for i := range work {
				out, err := b.Try(t.Context(), trial.Try{Candidates: []int{i}})
				require.NoError(t, err)
				mu.Lock()
				n++
				if len(out.Failed) > 0 {
					killed++
				}
				if !out.Ended {
					timeout++
				}
				mu.Unlock()
			}
		})
	}
	for i := range edits {
		if !left[i] {
			work <- i
		}
	}
	close(work)
	wg.Wait()
	d := time.Since(t0)
	t.Log("try", n, killed, timeout, d, float64(n)/d.Seconds())
}

package baseline

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/baseline/trial"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/solve"
)

// A barren bench has candidates that repair nothing, and remembers which were
// tried.
type barren struct {
	mu    sync.Mutex
	tried []int
}

func (b *barren) Try(_ context.Context, t trial.Try) (trial.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tried = append(b.tried, t.Candidates...)
	return trial.Outcome{Failed: t.Tests, Ended: true}, nil
}

func (*barren) Left() []int       { return nil }
func (*barren) Without() []string { return nil }
func (*barren) Close() error      { return nil }

// A trial of a candidate that the program does not hold costs a build; an attempt
// would rather try a hundred others.
func TestSolverDrawsNoCandidateThatNeedsABuild(t *testing.T) {
	bench := &barren{}
	p := &problem{
		bench: bench, slow: []int{0, 3, 4}, wanted: []string{"fails"},
		seen: &survey.Survey{Coverage: map[string][]survey.Span{"fails": {{File: "a.go", First: 1, Last: 6}}}},
	}
	for i := range 6 {
		r := repair{mutate.Edit{Operator: "bool-flip", File: "a.go", Line: 1 + i}, i}
		p.repairs, p.candidates = append(p.repairs, r), append(p.candidates, r.Edit)
	}
	found, stop, err := (&Solver{}).search(t.Context(), p, 1, &solveRecord{})
	require.NoError(t, err)
	require.Empty(t, found)
	require.Equal(t, solve.GaveUp, stop)
	slices.Sort(bench.tried)
	require.Equal(t, []int{1, 2, 5}, bench.tried)
}

package baseline

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/trial"
)

// newTestSearch searches among candidates that each repair or break some tests.
func newTestSearch(budget int, repairs, breaks map[int][]string) *search {
	return &search{
		wanted: []string{"a", "b", "c"}, kept: []string{"k"}, budget: budget, parallel: 2,
		accept: func(context.Context, []int) (bool, error) { return true, nil },
		apart:  func(a, b int) bool { return a/10 != b/10 }, // candidates 10 to 19 are of one function
		try: func(_ context.Context, t trial.Try) (trial.Outcome, error) {
			o := trial.Outcome{Ended: true}
			for _, id := range t.Tests {
				passes := id == "k"
				for _, c := range t.Candidates {
					passes = (passes || slices.Contains(repairs[c], id)) && !slices.Contains(breaks[c], id)
				}
				if passes {
					o.Passed = append(o.Passed, id)
				} else {
					o.Failed = append(o.Failed, id)
				}
			}
			return o, nil
		},
	}
}

// inOrder draws always the same.
func (s *search) inOrder(candidates ...int) *search {
	s.draw = func(map[string]bool) []int { return slices.Clone(candidates) }
	return s
}

func TestSearchJoinsWhatShowsAlone(t *testing.T) {
	s := newTestSearch(100, map[int][]string{10: {"a"}, 20: {"b"}, 31: {"b", "c"}}, nil)
	repair, err := s.inOrder(40, 20, 10, 50, 31, 60).run(t.Context())
	require.NoError(t, err)
	require.ElementsMatch(t, []int{10, 31}, repair)
}

func TestSearchLeavesOutWhatBreaksOthers(t *testing.T) {
	s := newTestSearch(100, map[int][]string{10: {"a", "b", "c"}, 11: {"a", "b", "c"}}, map[int][]string{10: {"k"}})
	repair, err := s.inOrder(10, 11).run(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{11}, repair)
}

func TestSearchGoesOnWhereTheRealSuiteSaysNo(t *testing.T) {
	s := newTestSearch(100, map[int][]string{10: {"a", "b", "c"}, 20: {"a", "b", "c"}}, nil)
	s.accept = func(_ context.Context, r []int) (bool, error) { return r[0] == 20, nil }
	repair, err := s.inOrder(10, 20).run(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{20}, repair)
}

func TestSearchDrawsForWhatStillFails(t *testing.T) {
	s := newTestSearch(100, map[int][]string{10: {"a"}, 20: {"b", "c"}}, nil)
	var asked []int
	s.draw = func(fixed map[string]bool) []int {
		asked = append(asked, len(fixed))
		return []int{10, 20, 30}
	}
	repair, err := s.run(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{10, 20}, repair)
	require.Equal(t, []int{0, 1}, asked)
}

func TestSearchKeepsToItsBudgetAndItsBest(t *testing.T) {
	s := newTestSearch(3, map[int][]string{10: {"a"}, 20: {"a", "b"}, 30: {"c"}}, nil)
	repair, err := s.inOrder(10, 20, 40, 30).run(t.Context())
	require.NoError(t, err)
	require.Nil(t, repair)
	require.Equal(t, 3, s.spent)
	require.Equal(t, []int{20}, s.best())
}

func TestSearchDoesNotDependOnHowManyTrialsRunAtOnce(t *testing.T) {
	for budget := range 9 {
		var spent []int
		var best [][]int
		for parallel := 1; parallel < 5; parallel++ {
			s := newTestSearch(budget, map[int][]string{10: {"a"}, 11: {"a"}, 20: {"b"}, 21: {"b"}, 30: {"c"}}, nil)
			s.parallel = parallel
			_, err := s.inOrder(10, 11, 20, 21, 30).run(t.Context())
			require.NoError(t, err)
			spent, best = append(spent, s.spent), append(best, s.best())
		}
		require.Len(t, slices.Compact(spent), 1)
		for _, b := range best {
			require.Equal(t, best[0], b)
		}
	}
}

// A candidate that keeps the wanted tests from coming to their end is no repair,
// unless they never did.
func TestSearchLeavesOutWhatCrashes(t *testing.T) {
	for _, ends := range []bool{true, false} {
		s := newTestSearch(100, map[int][]string{10: {"a", "b", "c"}}, nil).inOrder(10)
		s.ends = ends
		whole := s.try
		s.try = func(ctx context.Context, t trial.Try) (trial.Outcome, error) {
			o, err := whole(ctx, t)
			o.Ended = slices.Contains(t.Tests, "k") // of the tests that are to be kept
			return o, err
		}
		repair, err := s.run(t.Context())
		require.NoError(t, err)
		require.Equal(t, ends, repair == nil)
	}
}

func TestBestAreThoseThatThePolicyPrefers(t *testing.T) {
	repairs, choices := make([]repair, mostCandidates+2), make([]Choice, mostCandidates+2)
	for i := range repairs {
		repairs[i].rank, choices[i] = i, Choice{"solve/log-rank": float64(i)}
	}
	taken := best(&Policy{Weights: map[string]float64{"solve/log-rank": 1}}, repairs, choices)
	require.Len(t, taken, mostCandidates)
	require.Equal(t, mostCandidates+1, taken[0].rank)
	require.Equal(t, 2, taken[mostCandidates-1].rank, "the two of the lowest score are left out")
}

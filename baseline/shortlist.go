package baseline

import (
	"container/heap"
	"math"
	"strings"
	"sync"

	"github.com/selfplay-swe/ssr/mutate"
)

// A shortlist says how far the repairs of each function have to be listed, when
// only those count that a policy is most likely to draw: each costs a check of
// its types, and of six thousand eight hundred are wanted. The repairs of a
// function come by rank, of which the policy thinks the less the higher it is; so
// where as many as are wanted are there, and even the best that could still come
// is worse than all of them, the function is done. What is left out in this way
// is never among those that are taken: no result depends on it, nor on which
// function was listed first. It is safe for concurrent use.
type shortlist struct {
	policy   *Policy
	spectrum *spectrum
	most     int
	heights  []float64 // by function: the score of the best repair that it could have, rank aside

	mu     sync.Mutex
	scores lowest // of the best repairs seen, at most as many as are wanted
}

func newShortlist(policy *Policy, spectrum *spectrum, functions []mutate.Function, most int) *shortlist {
	s := &shortlist{policy: policy, spectrum: spectrum, most: most}
	operator := 0.0 // of one that the policy does not know
	for feature := range policy.Weights {
		if strings.HasPrefix(feature, operatorFeature) {
			operator = max(operator, policy.score(Choice{feature: 1}))
		}
	}
	for _, f := range functions {
		place := math.Inf(-1)
		for line := f.First; line <= f.Last; line++ {
			if spectrum.ochiai(f.File, line) > 0 {
				place = max(place, policy.score(spectrum.describe(f.File, line)))
			}
		}
		s.heights = append(s.heights, operator+place)
	}
	return s
}

// done takes note of a repair of a function, given by its index, and says
// whether those that come after it can be left out.
func (s *shortlist) done(function int, r repair) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spectrum.ochiai(r.File, r.Line) > 0 {
		heap.Push(&s.scores, s.policy.score(r.describe(s.spectrum)))
	}
	if len(s.scores) > s.most {
		heap.Pop(&s.scores)
	}
	if len(s.scores) < s.most || s.policy.Weights[rankFeature] > 0 {
		return false
	}
	const rounding = 1e-6
	return s.heights[function]+s.policy.score(rankOf(r.rank+1)) < s.scores[0]-rounding
}

// lowest is a heap of numbers, the lowest first.
type lowest []float64

func (l lowest) Len() int           { return len(l) }
func (l lowest) Less(i, j int) bool { return l[i] < l[j] }
func (l lowest) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *lowest) Push(x any)        { *l = append(*l, x.(float64)) }
func (l *lowest) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}

package baseline

import (
	"go/importer"
	"io/fs"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/mutate"
)

// queue is a module with functions of different suspicion.
var queue = map[string]string{"go.mod": "module queue\n\ngo 1.21\n", "queue.go": `package queue

type Queue struct {
	items []int
	limit int
	open  bool
}

func (q *Queue) Push(item int) bool {
	if !q.open || len(q.items) >= q.limit {
		return false
	}
	q.items = append(q.items, item)
	return true
}

func (q *Queue) Pop() (item int, ok bool) {
	if len(q.items) == 0 {
		return 0, false
	}
	item = q.items[0]
	q.items = q.items[1:]
	return item, q.open || len(q.items) > 0
}

func (q *Queue) Sum(from, to int) int {
	sum := 0
	for i := from; i < to && i < len(q.items); i++ {
		if q.items[i] > q.limit {
			continue
		}
		sum += q.items[i]
	}
	return sum
}
`}

// queueSpectrum has one failing test, which runs Push and a part of Sum; the
// passing tests run all.
func queueSpectrum() *spectrum {
	return newSpectrum(&survey.Survey{Coverage: map[string][]survey.Span{
		"fails":  {{File: "queue.go", First: 9, Last: 15}, {File: "queue.go", First: 27, Last: 29}},
		"passes": {{File: "queue.go", First: 14, Last: 35}},
		"too":    {{File: "queue.go", First: 17, Last: 35}},
	}}, map[string]bool{"fails": true})
}

// A repair that the shortlist leaves out is none that would have been taken.
func TestShortlistTakesWhatAFullListWould(t *testing.T) {
	module, err := mutate.LoadGo(func(name string) ([]byte, error) {
		if text, ok := queue[name]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	}, maps.Keys(queue), importer.Default())
	require.NoError(t, err)
	code := &code{module: module, functions: module.Functions(".")}
	require.Len(t, code.functions, 3)
	deeper := DefaultPolicy()
	deeper.Weights[rankFeature] = 0.5
	for name, policy := range map[string]*Policy{"default": DefaultPolicy(), "cold": {Temperature: 0.2, Weights: DefaultPolicy().Weights}, "prefers high ranks": deeper} {
		t.Run(name, func(t *testing.T) {
			seen := queueSpectrum()
			listed := func(done func(int, repair) bool) []repair {
				list, err := code.repairs(t.Context(), code.functions, done)
				require.NoError(t, err)
				return slices.DeleteFunc(list, func(r repair) bool { return seen.ochiai(r.File, r.Line) == 0 })
			}
			all := listed(func(int, repair) bool { return false })
			for _, most := range []int{1, 10, 40, len(all), 2 * len(all)} {
				short := listed(newShortlist(policy, seen, code.functions, most).done)
				require.Equal(t, taken(policy, seen, all, most), taken(policy, seen, short, most), "%d of %d", most, len(all))
				t.Logf("%d of %d: %d listed", most, len(all), len(short))
			}
			if short := listed(newShortlist(policy, seen, code.functions, 10).done); name != "prefers high ranks" {
				require.Less(t, len(short), len(all)*2/3)
			}
		})
	}
}

func taken(policy *Policy, seen *spectrum, repairs []repair, most int) []repair {
	var choices []Choice
	for _, r := range repairs {
		choices = append(choices, r.describe(seen))
	}
	return best(policy, repairs, choices, most)
}

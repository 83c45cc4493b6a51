package selfplay

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/selfplay-swe/ssr/verify"
	"github.com/selfplay-swe/ssr/work"
)

// scored is the output of StageScore: what a group of attempts came to.
type scored struct {
	Attempts []Attempt `json:"attempts"`
	Solved   int       `json:"solved"`
	Counted  int       `json:"counted"`
	Scored   bool      `json:"scored"`
	Reward   *float64  `json:"reward"`
	Children []heir    `json:"children"` // that are played
	spans
}

// score is the last step of a group of attempts.
func (e *Engine) score(_ context.Context, in work.Input) ([]byte, error) {
	tries := make([]*try, len(in.Results))
	for i, result := range in.Results {
		if result.Error != "" {
			continue
		}
		tries[i] = &try{}
		if err := json.Unmarshal(result.Output, tries[i]); err != nil {
			return nil, work.Permanent(fmt.Errorf("score: read the result of %s: %w", result.Task, err))
		}
	}
	s := count(tries, in.Results)
	if err := e.pay(s, tries); err != nil {
		return nil, work.Permanent(err)
	}
	return json.Marshal(s)
}

// count puts the attempts together. A try that is nil was lost to the machine,
// and does not count.
func count(tries []*try, results []work.Result) *scored {
	s := &scored{Attempts: make([]Attempt, len(tries))}
	for i, t := range tries {
		if t == nil {
			s.Attempts[i] = Attempt{Index: i, Outcome: verify.Errored, Reason: results[i].Error}
			continue
		}
		s.Attempts[i] = t.result()
		s.Spans = append(s.Spans, t.Spans...)
		s.Counted++
		if t.Outcome == verify.Resolved {
			s.Solved++
		}
	}
	return s
}

// pay rewards a group. That of a second-order bug pays its solvers and nobody
// else, and has no children (rules, section 5).
func (e *Engine) pay(s *scored, tries []*try) error {
	reward := e.shared().reward
	second := slices.ContainsFunc(tries, func(t *try) bool { return t != nil && t.Child > 0 })
	if s.Scored = second; !second {
		pay, scored, err := reward.Inject(true, s.Solved, s.Counted)
		if err != nil {
			return err
		}
		if s.Scored = scored; scored {
			s.Reward = &pay
			s.Children = heirs(tries, e.shared().config.SecondOrder)
		}
	}
	for i := range s.Attempts {
		if a := &s.Attempts[i]; s.Scored && a.Outcome != verify.Errored {
			pay := reward.Solve(a.Outcome == verify.Resolved)
			a.Reward = &pay
		}
	}
	return nil
}

// heirs draws the failed attempts that become bugs, among those of which no two
// left the same tree. Whether a bug may have any is drawn first, by Share.
func heirs(tries []*try, o SecondOrder) []heir {
	var all []heir
	var seed uint64
	for _, t := range tries {
		if t == nil || t.Heir == nil || slices.ContainsFunc(all, func(h heir) bool { return h.Tree == t.Heir.Tree }) {
			continue
		}
		seed = t.Whole
		all = append(all, *t.Heir)
	}
	rng := chance(seed, "children")
	if rng.Float64() >= o.Share {
		return nil
	}
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = all[:min(len(all), o.Children)]
	slices.SortFunc(all, func(a, b heir) int { return a.Of - b.Of })
	return all
}

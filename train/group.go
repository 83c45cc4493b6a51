package train

import "math"

// A Group is the samples that are compared with each other: of one role and one
// key. What was dropped is not in it; what is masked is, and is not live.
type Group struct {
	Role, Key  string
	Samples    []Sample  // their Reward is the shaped one
	Index      []int     // of each sample, in what the caller gave
	Live       []bool    // of each sample: it will train
	Advantages []float64 // of each sample; nil until there are any
}

// Rewards returns the rewards in order.
func (g *Group) Rewards() []float64 {
	rewards := make([]float64, len(g.Samples))
	for i := range g.Samples {
		rewards[i] = g.Samples[i].Reward
	}
	return rewards
}

// LiveSamples returns how many samples will train.
func (g *Group) LiveSamples() (n int) {
	for _, live := range g.Live {
		if live {
			n++
		}
	}
	return n
}

// Spread returns the distance between the largest and the smallest reward of live
// samples, 0 if fewer than two are.
func (g *Group) Spread() float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for i := range g.Samples {
		if g.Live[i] {
			low, high = min(low, g.Samples[i].Reward), max(high, g.Samples[i].Reward)
		}
	}
	return max(high-low, 0) // -Inf where none is live
}

// refuse is what a rule says of a group it has no value for.
func (g *Group) refuse(rule, problem string) error {
	return &GroupError{Role: g.Role, Group: g.Key, Rule: rule, Problem: problem}
}

// groupOf makes a group of bare rewards, all live.
func groupOf(rewards []float64) Group {
	g := Group{Role: "solver", Key: "rewards"}
	for i, r := range rewards {
		g.Samples = append(g.Samples, Sample{Role: g.Role, Group: g.Key, Stop: Submitted, Reward: r})
		g.Index = append(g.Index, i)
		g.Live = append(g.Live, true)
	}
	return g
}

// Across is a key for [Recipe.Key]: samples of the roles named are compared within
// their own group, all others within their parent's (prime-rl
// hierarchical_grpo.py, where solvers are compared within one episode and proposers
// across all of them). A sample without a parent keeps its group.
func Across(within ...string) func(*Sample) string {
	own := make(map[string]bool, len(within))
	for _, role := range within {
		own[role] = true
	}
	return func(s *Sample) string {
		if own[s.Role] || s.Parent == "" {
			return s.Group
		}
		return s.Parent
	}
}

func mean(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

// deviation is the standard deviation with ddof taken from the count; the caller
// knows that more than ddof values are there.
func deviation(xs []float64, ddof int) float64 {
	m, sum := mean(xs), 0.0
	for _, x := range xs {
		sum += (x - m) * (x - m)
	}
	return math.Sqrt(sum / float64(len(xs)-ddof))
}

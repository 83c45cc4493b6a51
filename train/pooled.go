package train

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// LengthWeighted compares with the mean reward of a token: r - Σ rT / ΣT, T being a
// sample's sampled tokens (OPO in verl; CWM; rLLM's minus_length_weighted_mean).
// Where nothing was sampled there is no such mean, and the group is refused. A
// group of one gets 0.
type LengthWeighted struct {
	Pool bool // over all groups of a role (rLLM, after CWM), instead of each group (verl OPO)
}

// Advantage returns the rule.
func (o LengthWeighted) Advantage() Advantage {
	return Advantage{
		Name: "length_weighted",
		Doc:  "Reward less the mean reward of a sampled token.",
		Run: func(groups []Group) ([][]float64, error) {
			if !o.Pool {
				return PerGroup(func(g *Group) ([]float64, error) {
					all, err := lessTokenMean([]Group{*g}, []int{0})
					return all[0], err
				})(groups)
			}
			return perRole(groups, lessTokenMean)
		},
	}
}

func lessTokenMean(groups []Group, where []int) ([][]float64, error) {
	rewards, tokens := 0.0, 0.0
	for _, w := range where {
		for i := range groups[w].Samples {
			s := &groups[w].Samples[i]
			rewards += s.Reward * float64(s.Tokens)
			tokens += float64(s.Tokens)
		}
	}
	out := make([][]float64, len(where))
	if tokens == 0 {
		return out, groups[where[0]].refuse("length_weighted", "no sample has a token, so there is no mean reward of one")
	}
	for i, w := range where {
		out[i] = minus(groups[w].Rewards(), rewards/tokens)
	}
	return out, nil
}

// ReinforcePP compares with the group's mean in units of the deviation over all
// groups of the role (REINFORCE++ baseline, arXiv 2501.03262, as in rLLM; verl
// weighs by tokens there). A group of one gets 0, which counts in the deviation.
type ReinforcePP struct {
	DDof int     // as in [GRPO]; rLLM has 0
	Eps  float64 // default 1e-6
}

// Advantage returns the rule.
func (o ReinforcePP) Advantage() Advantage {
	return Advantage{
		Name: "reinforce_pp",
		Doc:  "Reward less the group's mean, in units of the whole batch's deviation.",
		Run: func(groups []Group) ([][]float64, error) {
			return perRole(groups, func(groups []Group, where []int) ([][]float64, error) {
				out := make([][]float64, len(where))
				for i, w := range where {
					rewards := groups[w].Rewards()
					out[i] = minus(rewards, mean(rewards))
				}
				return byDeviation("reinforce_pp", out, o.DDof, o.Eps)
			})
		},
	}
}

// BatchNorm compares with the mean of all groups of the role in units of their
// deviation (rLLM's PRPO, "batch-normalised").
type BatchNorm struct {
	DDof int     // as in [GRPO]; rLLM has 0
	Eps  float64 // default 1e-6
}

// Advantage returns the rule.
func (o BatchNorm) Advantage() Advantage {
	return Advantage{
		Name: "batch_norm",
		Doc:  "Reward less the batch's mean, in units of the batch's deviation.",
		Run: func(groups []Group) ([][]float64, error) {
			return perRole(groups, func(groups []Group, where []int) ([][]float64, error) {
				out := make([][]float64, len(where))
				for i, w := range where {
					out[i] = groups[w].Rewards()
				}
				m := mean(slices.Concat(out...))
				for i := range out {
					minus(out[i], m)
				}
				return byDeviation("batch_norm", out, o.DDof, o.Eps)
			})
		},
	}
}

// byDeviation divides values by the deviation of all of them.
func byDeviation(rule string, values [][]float64, ddof int, eps float64) ([][]float64, error) {
	eps, err := divisor(rule, ddof, eps)
	if err != nil {
		return nil, err
	}
	all := slices.Concat(values...)
	if len(all) <= ddof {
		return nil, fmt.Errorf("train: %s: %d samples in the batch have no deviation over n-%d", rule, len(all), ddof)
	}
	by := deviation(all, ddof) + eps
	for i := range values {
		scaled(values[i], by)
	}
	return values, nil
}

// perRole runs f on the groups of each role and puts the results in their places.
func perRole(groups []Group, f func(groups []Group, where []int) ([][]float64, error)) ([][]float64, error) {
	all := make([][]float64, len(groups))
	for _, where := range byRole(groups) {
		some, err := f(groups, where)
		if err != nil {
			return nil, err
		}
		for i, w := range where {
			all[w] = some[i]
		}
	}
	return all, nil
}

// DefaultDecay is what a [RunningBaseline] keeps of itself at each sample.
const DefaultDecay = 0.95

// RunningBaseline compares with what its role is used to:
//
//	advantage = r - b;  then  b = Decay b + (1 - Decay) r
//
// for the samples of a role in the order the caller gave them, whatever their groups
// (role-conditioned advantage, SPIRAL, arXiv 2506.24119; prime-rl rae.py). A sample
// never meets a baseline that has seen it.
//
// It is the one advantage with a memory: Baselines is read before a batch and
// written when advantages are made, so keep it with the policy, and make one batch
// at a time. Advantages that fail leave it alone; samples dropped before are not seen.
type RunningBaseline struct {
	Decay     float64            // default 0.95; between 0 and 1
	Baselines map[string]float64 // by role; a role that is not there starts at 0
}

// Advantage returns the rule.
func (o *RunningBaseline) Advantage() Advantage {
	return Advantage{Name: "running_baseline", Doc: "Reward less a running mean of the role's rewards, taken before it.", Run: o.run}
}

func (o *RunningBaseline) run(groups []Group) ([][]float64, error) {
	decay := cmp.Or(o.Decay, DefaultDecay)
	if !(0 < decay && decay < 1) { // NaN too
		return nil, fmt.Errorf("train: running_baseline: decay is %v; it must lie between 0 and 1", decay)
	}
	out, order := inOrder(groups)
	baselines := make(map[string]float64, len(o.Baselines))
	maps.Copy(baselines, o.Baselines)
	for _, at := range order {
		role, reward := groups[at.group].Role, groups[at.group].Samples[at.sample].Reward
		b := baselines[role]
		out[at.group][at.sample] = reward - b
		baselines[role] = decay*b + (1-decay)*reward
	}
	o.Baselines = baselines
	return out, nil
}

type place struct{ group, sample, index int }

// inOrder returns every sample's place in the order the caller gave them, and a
// list to put a number at each.
func inOrder(groups []Group) (out [][]float64, order []place) {
	out = make([][]float64, len(groups))
	for g := range groups {
		out[g] = make([]float64, len(groups[g].Samples))
		for s, index := range groups[g].Index {
			order = append(order, place{g, s, index})
		}
	}
	slices.SortFunc(order, func(a, b place) int { return cmp.Compare(a.index, b.index) })
	return out, order
}

package train

import (
	"cmp"
	"fmt"
)

// DefaultEps is added to a deviation before it divides, in every system that does.
const DefaultEps = 1e-6

// GRPO compares with the group's mean in units of its spread:
//
//	(r - mean) / (std + Eps)
//
// Its zero value is rLLM's and DeepSeekMath's (numpy's std).
type GRPO struct {
	DDof      int       // 0: std over n (rLLM); 1: over n-1 (verl, SkyRL: torch.std is unbiased)
	Eps       float64   // default 1e-6, as everywhere
	Singleton Singleton // SingletonRaw divides by 1+Eps too (rLLM, verl, SkyRL: mean 0, std 1)
}

// Advantage returns the rule.
func (o GRPO) Advantage() Advantage {
	return Advantage{Name: "grpo", Doc: "Reward less the group's mean, in units of its deviation.", Run: PerGroup(o.one)}
}

func (o GRPO) one(g *Group) ([]float64, error) {
	eps, err := divisor("grpo", o.DDof, o.Eps)
	if err != nil {
		return nil, err
	}
	rewards := g.Rewards()
	if len(rewards) == 1 {
		out, err := o.Singleton.alone(g, "grpo")
		return scaled(out, 1+eps), err
	}
	return scaled(minus(rewards, mean(rewards)), deviation(rewards, o.DDof)+eps), nil
}

// divisor returns eps with its default, or says which option cannot be.
func divisor(rule string, ddof int, eps float64) (float64, error) {
	switch eps = cmp.Or(eps, DefaultEps); {
	case ddof != 0 && ddof != 1:
		return 0, fmt.Errorf("train: %s: ddof is %d; it is 0 (over n) or 1 (over n-1)", rule, ddof)
	case !finite(eps) || eps < 0:
		return 0, fmt.Errorf("train: %s: eps is %v; it must be positive", rule, eps)
	}
	return eps, nil
}

// MeanOnly compares with the group's mean and divides by nothing: r - mean
// (Dr.GRPO; prime-rl, whose group of one gets 0; rLLM without std, where it gets
// its reward).
type MeanOnly struct{ Singleton Singleton }

// Advantage returns the rule.
func (o MeanOnly) Advantage() Advantage {
	return Advantage{Name: "mean_only", Doc: "Reward less the group's mean.", Run: PerGroup(func(g *Group) ([]float64, error) {
		rewards := g.Rewards()
		if len(rewards) == 1 {
			return o.Singleton.alone(g, "mean_only")
		}
		return minus(rewards, mean(rewards)), nil
	})}
}

// LeaveOneOut compares with the mean of the others: r - mean(others), which is
// n/(n-1) (r - mean) (RLOO; DeepSWE, SkyRL-Agent's LOOP). A group of one gets 0 in
// SkyRL, its reward in rLLM, verl and LOOP.
type LeaveOneOut struct{ Singleton Singleton }

// Advantage returns the rule.
func (o LeaveOneOut) Advantage() Advantage {
	return Advantage{Name: "leave_one_out", Doc: "Reward less the mean of the group's other rewards.", Run: PerGroup(func(g *Group) ([]float64, error) {
		rewards := g.Rewards()
		if len(rewards) == 1 {
			return o.Singleton.alone(g, "leave_one_out")
		}
		n := float64(len(rewards))
		return scaled(minus(rewards, mean(rewards)), (n-1)/n), nil
	})}
}

// MaxRL weighs by how rare success is: (r - mean) / mean (arXiv 2602.02710). It is
// meant for rewards of 0 and 1; a group whose mean is not positive has no success
// to learn from and gets 0, as in prime-rl.
type MaxRL struct {
	Eps       float64   // added to the mean before it divides; default 0 (prime-rl), 1e-6 in SkyRL
	Singleton Singleton // 0 in prime-rl, raw in SkyRL

	// Compat divides by a mean that is not positive as well, as SkyRL does: below 0
	// that turns better into worse, near 0 it multiplies rewards by a million.
	Compat bool
}

// Advantage returns the rule.
func (o MaxRL) Advantage() Advantage {
	return Advantage{Name: "maxrl", Doc: "Reward less the group's mean, in units of the mean.", Run: PerGroup(o.one)}
}

func (o MaxRL) one(g *Group) ([]float64, error) {
	if !finite(o.Eps) || o.Eps < 0 {
		return nil, fmt.Errorf("train: maxrl: eps is %v; it must not be negative", o.Eps)
	}
	rewards := g.Rewards()
	if len(rewards) == 1 {
		return o.Singleton.alone(g, "maxrl")
	}
	m := mean(rewards)
	switch {
	case m <= 0 && !o.Compat:
		return make([]float64, len(rewards)), nil
	case m+o.Eps == 0:
		return nil, g.refuse("maxrl", "its mean reward is 0, which divides nothing")
	}
	return scaled(minus(rewards, m), m+o.Eps), nil
}

// PassK pays the best sample alone, by how far it is ahead of the second
// (verl grpo_passk, arXiv 2503.19595): where two are best, nobody is paid. A group of
// one has no second and is refused.
type PassK struct {
	Raw bool    // not divided by the group's deviation, which is over n-1 (verl norm_adv_by_std_in_grpo=False)
	Eps float64 // default 1e-6
}

// Advantage returns the rule.
func (o PassK) Advantage() Advantage {
	return Advantage{Name: "pass_at_k", Doc: "The best sample's lead over the second best; 0 for all others.", Run: PerGroup(o.one)}
}

func (o PassK) one(g *Group) ([]float64, error) {
	eps, err := divisor("pass_at_k", 1, o.Eps)
	if err != nil {
		return nil, err
	}
	rewards := g.Rewards()
	if len(rewards) < 2 {
		return nil, g.refuse("pass_at_k", "it has one sample; the best needs a second to be compared with")
	}
	best, second := 0, 1
	if rewards[second] > rewards[best] {
		best, second = second, best
	}
	for i := 2; i < len(rewards); i++ {
		switch {
		case rewards[i] > rewards[best]:
			best, second = i, best
		case rewards[i] > rewards[second]:
			second = i
		}
	}
	out, by := make([]float64, len(rewards)), 1.0
	if !o.Raw {
		by = deviation(rewards, 1) + eps
	}
	out[best] = (rewards[best] - rewards[second]) / by
	return out, nil
}

// minus returns xs, each less by x, in place.
func minus(xs []float64, x float64) []float64 {
	for i := range xs {
		xs[i] -= x
	}
	return xs
}

// scaled returns xs divided by x, in place.
func scaled(xs []float64, by float64) []float64 {
	for i := range xs {
		xs[i] /= by
	}
	return xs
}

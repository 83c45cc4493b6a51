package train

import (
	"fmt"
	"math"
)

// Returns sums the rewards of tokens from the back: R_t = r_t + gamma R_{t+1}. After
// a token that the mask leaves out the sum starts anew (REINFORCE++ in SkyRL and
// verl, which reset after the end of a sequence).
func Returns(rewards []float64, mask []bool, gamma float64) ([]float64, error) {
	if err := fit("returns", rewards, nil, mask); err != nil {
		return nil, err
	}
	out, next := make([]float64, len(rewards)), 0.0
	for t := len(rewards) - 1; t >= 0; t-- {
		next = rewards[t] + gamma*next
		out[t] = next
		if !mask[t] {
			next = 0
		}
	}
	return out, fitResult("returns", out)
}

// GAE is generalised advantage estimation (arXiv 1506.02438) from the values a critic
// gave tokens.
type GAE struct {
	Gamma  float64 // discount; usually 1. There is no default: 0 is a discount
	Lambda float64 // usually 1; 0 looks one token ahead

	// SkipMasked passes over tokens that the mask leaves out, as newer verl does, so
	// that observations between actions carry neither value nor error. SkyRL
	// counts them.
	SkipMasked bool
}

// Of returns advantages, not whitened, and returns, which are advantages + values.
func (o GAE) Of(rewards, values []float64, mask []bool) (advantages, returns []float64, err error) {
	if err := fit("gae", rewards, values, mask); err != nil {
		return nil, nil, err
	}
	advantages, returns = make([]float64, len(rewards)), make([]float64, len(rewards))
	nextValue, next := 0.0, 0.0
	for t := len(rewards) - 1; t >= 0; t-- {
		if !o.SkipMasked || mask[t] {
			next = rewards[t] + o.Gamma*nextValue - values[t] + o.Gamma*o.Lambda*next
			nextValue = values[t]
		}
		advantages[t] = next
		returns[t] = next + values[t]
	}
	return advantages, returns, fitResult("gae", advantages)
}

// Whiten brings the tokens of the mask to mean 0 and deviation 1, over n-1, as verl's
// and SkyRL's masked_whiten; tokens outside are moved and scaled the same. Fewer than
// two have no deviation and are refused.
func Whiten(values []float64, mask []bool) ([]float64, error) {
	if err := fit("whiten", values, nil, mask); err != nil {
		return nil, err
	}
	var in []float64
	for t, v := range values {
		if mask[t] {
			in = append(in, v)
		}
	}
	if len(in) < 2 {
		return nil, fmt.Errorf("train: whiten: %d tokens in the mask; a deviation needs two", len(in))
	}
	const eps = 1e-8 // added to the variance there
	m, d := mean(in), deviation(in, 1)
	by := math.Sqrt(d*d + eps)
	out := make([]float64, len(values))
	for t, v := range values {
		out[t] = (v - m) / by
	}
	return out, fitResult("whiten", out)
}

// Broadcast gives every token of the mask the sample's advantage, and 0 to the rest.
func Broadcast(advantage float64, mask []bool) []float64 {
	out := make([]float64, len(mask))
	for t, in := range mask {
		if in {
			out[t] = advantage
		}
	}
	return out
}

// PassAtK estimates the chance that one of k samples is right, when c of n are:
// 1 - C(n-c, k)/C(n, k) (arXiv 2107.03374).
func PassAtK(n, c, k int) (float64, error) {
	if c < 0 || n < c || k < 1 || n < k {
		return 0, fmt.Errorf("train: pass@%d of %d right among %d: 0 <= right <= samples and 1 <= k <= samples must hold", k, c, n)
	}
	if k > n-c {
		return 1, nil
	}
	none := 1.0 // that k draws miss all c
	for i := range min(k, c) {
		none *= 1 - float64(max(k, c))/float64(n-i)
	}
	return 1 - none, nil
}

// fit refuses token lists of different lengths and values that are no numbers.
// values is nil where there are none.
func fit(what string, rewards, values []float64, mask []bool) error {
	switch {
	case len(mask) != len(rewards):
		return fmt.Errorf("train: %s: a mask of %d tokens for %d", what, len(mask), len(rewards))
	case values != nil && len(values) != len(rewards):
		return fmt.Errorf("train: %s: %d values for %d rewards", what, len(values), len(rewards))
	case len(rewards) == 0:
		return fmt.Errorf("train: %s: no tokens", what)
	}
	if err := fitResult(what, rewards); err != nil {
		return err
	}
	return fitResult(what, values)
}

func fitResult(what string, xs []float64) error {
	for t, x := range xs {
		if !finite(x) {
			return fmt.Errorf("train: %s: token %d: %v is no number", what, t, x)
		}
	}
	return nil
}

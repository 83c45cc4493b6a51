package reward

import (
	"cmp"
	"fmt"
	"math"
)

// A StepPenalty takes from attempts that go on too long: 0 below Free steps, then
// (Free - n) / (Max - Free), so that one of Max steps costs 1 (Nebius, arXiv
// 2508.03501, equation 4; Max is 40 in its first stage and 80 in its second,
// table 3). It goes on falling beyond Max, which there cannot be reached. It
// reads Steps; Nebius adds it to [ResolvedOrNot].
type StepPenalty struct {
	Free int // L, default 10
	Max  int // T, default 40
}

// Part returns the part "step_penalty".
func (p StepPenalty) Part() Part {
	return Part{"step_penalty", func(e Evidence) (float64, error) {
		free, most := cmp.Or(p.Free, 10), cmp.Or(p.Max, 40)
		if free < 0 || most <= free {
			return 0, fmt.Errorf("%d free steps of at most %d; 0 < free < most must hold", free, most)
		}
		if e.Steps < 0 {
			return 0, fmt.Errorf("%d steps; there cannot be fewer than none", e.Steps)
		}
		if e.Steps < free {
			return 0, nil
		}
		return float64(free-e.Steps) / float64(most-free), nil
	}}
}

// A SoftOverlong takes from attempts whose length comes near the most: nothing up
// to Max - Buffer tokens, then in proportion, Factor at Max (DAPO, arXiv
// 2503.14476, soft overlong punishment). It reads Tokens.
type SoftOverlong struct {
	Max    int     // tokens, no default
	Buffer int     // tokens before it in which the penalty grows; no default
	Factor float64 // default 1
}

// Part returns the part "soft_overlong".
func (o SoftOverlong) Part() Part {
	return Part{"soft_overlong", func(e Evidence) (float64, error) {
		factor := cmp.Or(o.Factor, 1)
		if o.Buffer < 1 || o.Max < o.Buffer {
			return 0, fmt.Errorf("a buffer of %d of at most %d tokens; 0 < buffer <= most must hold", o.Buffer, o.Max)
		}
		if !(factor > 0) || math.IsInf(factor, 0) { // NaN too
			return 0, fmt.Errorf("factor %v; it must be above 0", factor)
		}
		if e.Tokens < 0 {
			return 0, fmt.Errorf("%d tokens; there cannot be fewer than none", e.Tokens)
		}
		over := e.Tokens - (o.Max - o.Buffer)
		return min(-float64(over)/float64(o.Buffer)*factor, 0), nil
	}}
}

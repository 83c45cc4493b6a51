package train

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Replay brings back recent successes late in training, when progress has levelled
// off (Kimi-Dev, arXiv 2509.23045, section on reinforcement learning: "positive
// example reinforcement").
type Replay struct {
	After  int // the first step that replays; required
	Recent int // a success at most so many policy versions old is recent; required
	Max    int // samples replayed at one step; required
	Seed   uint64
}

// Samples draws what is replayed at a step from past samples: submitted, rewarded
// above 0, recent. Their order is that of past.
func (o Replay) Samples(step, version int, past []Sample) ([]Sample, error) {
	if o.After < 0 || o.Recent < 0 || o.Max < 0 {
		return nil, fmt.Errorf("train: replay: after step %d, %d versions, %d samples; none can be negative", o.After, o.Recent, o.Max)
	}
	if step < o.After {
		return nil, nil
	}
	good := slices.DeleteFunc(slices.Clone(past), func(s Sample) bool {
		return s.Stop != Submitted || !(s.Reward > 0) || s.Oldest < version-o.Recent
	})
	if len(good) <= o.Max {
		return good, nil
	}
	rng := rand.New(rand.NewPCG(o.Seed, uint64(step)))
	drawn := rng.Perm(len(good))[:o.Max]
	slices.Sort(drawn)
	out := make([]Sample, len(drawn))
	for i, d := range drawn {
		out[i] = good[d]
	}
	return out, nil
}

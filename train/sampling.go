package train

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
)

// Dynamic sampling asks for more groups until enough of them teach. Both ways to do
// it look at groups as [ZeroSpread] does, with no tolerance, before any shape.

// A Collector keeps groups with spread until there are enough, and drops the rest
// (DAPO; SkyRL handle_filter_sampling). It is filled in rounds and used once.
type Collector struct {
	Groups   int     // wanted; required
	PerGroup int     // attempts made on each; 1: no group has a spread, and all are kept
	Tol      float64 // as in [ZeroSpread]

	// Compat cuts at Groups · PerGroup samples in order of arrival, as SkyRL does,
	// which splits a group where sizes differ. Otherwise the first Groups groups are
	// kept whole.
	Compat bool

	kept   []Sample
	groups []groupKey // kept, in order of arrival
}

type groupKey struct{ role, key string }

// Add takes one round of samples and says whether more are needed. A group must
// arrive whole in one round.
func (c *Collector) Add(samples []Sample) (more bool, err error) {
	if c.Groups < 1 || c.PerGroup < 1 {
		return false, fmt.Errorf("train: collector: %d groups of %d samples; both must be positive", c.Groups, c.PerGroup)
	}
	keys, good, err := spreads(samples, c.PerGroup, c.Tol)
	if err != nil {
		return false, err
	}
	for _, key := range keys {
		if good[key] && slices.Contains(c.groups, key) {
			return false, &GroupError{key.role, key.key, "collector", "it arrived before; a group arrives whole"}
		}
	}
	for _, key := range keys {
		if good[key] {
			c.groups = append(c.groups, key)
		}
	}
	for _, s := range samples {
		if good[groupKey{s.Role, s.Group}] {
			c.kept = append(c.kept, s)
		}
	}
	return len(c.groups) < c.Groups, nil
}

// Collected returns how many groups with spread have arrived.
func (c *Collector) Collected() int { return len(c.groups) }

// Samples returns what was kept, cut to the number wanted, in order of arrival.
func (c *Collector) Samples() []Sample {
	if c.Compat {
		return c.kept[:min(len(c.kept), c.Groups*c.PerGroup)]
	}
	wanted := map[groupKey]bool{}
	for _, key := range c.groups[:min(len(c.groups), c.Groups)] {
		wanted[key] = true
	}
	return slices.DeleteFunc(slices.Clone(c.kept), func(s Sample) bool { return !wanted[groupKey{s.Role, s.Group}] })
}

// Replace puts groups with spread in the place of those without, so that a batch
// keeps its size (POLARIS; SkyRL handle_replace_sampling). Which group replaces which
// is drawn by Seed: without repetition as long as there are enough. Replaced samples
// lose their ID, so that a batch does not refuse them as twice the same; whole groups
// replace whole groups, and get a key of their own.
type Replace struct {
	MinRatio float64 // more than this share of groups must have spread; SkyRL has 0.3
	PerGroup int     // as in [Collector]
	Tol      float64 // as in [ZeroSpread]
	Seed     uint64
}

// Samples returns samples with groups replaced. If too few groups have spread, more
// is true and samples come back as they are.
func (o Replace) Samples(samples []Sample) (out []Sample, more bool, err error) {
	if o.PerGroup < 1 || !(0 <= o.MinRatio && o.MinRatio < 1) { // NaN too
		return nil, false, fmt.Errorf("train: replace: a ratio of %v of groups of %d; 0 <= ratio < 1 and a positive size must hold", o.MinRatio, o.PerGroup)
	}
	keys, good, err := spreads(samples, o.PerGroup, o.Tol)
	if err != nil {
		return nil, false, err
	}
	members := map[groupKey][]Sample{}
	for _, s := range samples {
		key := groupKey{s.Role, s.Group}
		members[key] = append(members[key], s)
	}
	var stay, bad []groupKey
	for _, key := range keys {
		if good[key] {
			stay = append(stay, key)
		} else {
			bad = append(bad, key)
		}
	}
	if float64(len(stay)) <= float64(len(keys))*o.MinRatio {
		return samples, true, nil
	}
	return o.fill(keys, good, members, stay, len(bad)), false, nil
}

// fill puts a drawn group in each bad one's place.
func (o Replace) fill(keys []groupKey, good map[groupKey]bool, members map[groupKey][]Sample, stay []groupKey, bad int) (out []Sample) {
	rng := rand.New(rand.NewPCG(o.Seed, uint64(len(keys))))
	order, next := rng.Perm(len(stay)), 0
	for _, key := range keys {
		if good[key] {
			out = append(out, members[key]...)
			continue
		}
		from := stay[order[next%len(order)]]
		if bad > len(stay) {
			from = stay[rng.IntN(len(stay))]
		}
		next++
		for _, s := range members[from] {
			s.ID, s.Group = "", fmt.Sprintf("%s (replaces %d: %s)", from.key, next, key.key)
			out = append(out, s)
		}
	}
	return out
}

// spreads returns the groups in order of arrival, and which of them have spread.
func spreads(samples []Sample, perGroup int, tol float64) (keys []groupKey, good map[groupKey]bool, err error) {
	if len(samples) == 0 {
		return nil, nil, errors.New("train: dynamic sampling: no samples")
	}
	low, high := map[groupKey]float64{}, map[groupKey]float64{}
	for i := range samples {
		s := &samples[i]
		key := groupKey{s.Role, s.Group}
		if problem := s.problem(); problem != "" {
			return nil, nil, &SampleError{s.Role, s.Group, i, problem}
		}
		if !slices.Contains([]fate{plays, budget}, classes[s.Stop]) {
			return nil, nil, &SampleError{s.Role, s.Group, i, fmt.Sprintf("it ended by %s, which cannot train; make a batch first, or leave it out", s.Stop)}
		}
		if _, seen := low[key]; !seen {
			keys = append(keys, key)
			low[key], high[key] = s.Reward, s.Reward
		}
		low[key], high[key] = min(low[key], s.Reward), max(high[key], s.Reward)
	}
	good = map[groupKey]bool{}
	for _, key := range keys {
		good[key] = perGroup == 1 || high[key]-low[key] > tol
	}
	return keys, good, nil
}

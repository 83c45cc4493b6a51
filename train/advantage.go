package train

import "fmt"

// An Advantage says how much better a sample did than what it is compared with.
type Advantage struct {
	Name string // lower-case identifier; stored in batches, so it never changes
	Doc  string // one line

	// Run returns one number for every sample of every group, in order. It is
	// given all groups at once, since some compare with more than the group.
	Run func(groups []Group) ([][]float64, error)
}

// PerGroup makes the Run of an [Advantage] that looks at one group at a time.
func PerGroup(one func(g *Group) ([]float64, error)) func([]Group) ([][]float64, error) {
	return func(groups []Group) ([][]float64, error) {
		all := make([][]float64, len(groups))
		for i := range groups {
			var err error
			if all[i], err = one(&groups[i]); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
}

// Of returns the advantages of bare rewards that form one group.
func (a Advantage) Of(rewards ...float64) ([]float64, error) {
	all, err := a.compute([]Group{groupOf(rewards)})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// compute returns the advantages of groups, checked: as many as there are samples,
// all finite. A group without samples is refused.
func (a Advantage) compute(groups []Group) ([][]float64, error) {
	for i := range groups {
		if err := a.readable(&groups[i]); err != nil {
			return nil, err
		}
	}
	all, err := a.Run(groups)
	if err != nil {
		return nil, err
	}
	if len(all) != len(groups) {
		return nil, fmt.Errorf("train: %s: %d lists of advantages for %d groups", a.Name, len(all), len(groups))
	}
	for i := range groups {
		if err := a.sound(&groups[i], all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (a Advantage) readable(g *Group) error {
	if len(g.Samples) == 0 {
		return g.refuse(a.Name, "it has no samples")
	}
	for i, s := range g.Samples {
		if !finite(s.Reward) {
			return &SampleError{g.Role, g.Key, g.Index[i], fmt.Sprintf("its reward is %v; rewards are finite numbers", s.Reward)}
		}
	}
	return nil
}

func (a Advantage) sound(g *Group, advantages []float64) error {
	if len(advantages) != len(g.Samples) {
		return g.refuse(a.Name, fmt.Sprintf("%d advantages for %d samples", len(advantages), len(g.Samples)))
	}
	for i, x := range advantages {
		if !finite(x) {
			return &SampleError{g.Role, g.Key, g.Index[i], fmt.Sprintf("%s makes its advantage %v, from reward %v", a.Name, x, g.Samples[i].Reward)}
		}
	}
	return nil
}

// A Singleton says what a group of one gets: there is nothing to compare it with.
type Singleton string

const (
	SingletonZero   Singleton = ""       // 0: it teaches nothing (SkyRL RLOO, prime-rl)
	SingletonRaw    Singleton = "raw"    // its reward, against a baseline of 0 (rLLM, verl, SkyRL GRPO, LOOP)
	SingletonRefuse Singleton = "refuse" // an error
)

// alone returns what s gives the only sample of a group.
func (s Singleton) alone(g *Group, rule string) ([]float64, error) {
	switch s {
	case SingletonZero:
		return []float64{0}, nil
	case SingletonRaw:
		return []float64{g.Samples[0].Reward}, nil
	case SingletonRefuse:
		return nil, g.refuse(rule, "it has one sample, and nothing to compare it with")
	}
	return nil, fmt.Errorf("train: %s: unknown singleton %q; known are \"\", %q and %q", rule, s, SingletonRaw, SingletonRefuse)
}

// ByRole uses one advantage for each role (rLLM's estimator_map).
type ByRole map[string]Advantage

// Advantage returns the rule. A role without an advantage is refused.
func (b ByRole) Advantage() Advantage {
	return Advantage{
		Name: "by_role",
		Doc:  "Each role has an advantage of its own.",
		Run: func(groups []Group) ([][]float64, error) {
			all := make([][]float64, len(groups))
			for _, where := range byRole(groups) {
				a, ok := b[groups[where[0]].Role]
				if !ok {
					return nil, groups[where[0]].refuse("by_role", "its role has no advantage")
				}
				some, err := a.compute(pick(groups, where))
				if err != nil {
					return nil, err
				}
				for i, w := range where {
					all[w] = some[i]
				}
			}
			return all, nil
		},
	}
}

// byRole returns the places of the groups of each role, roles in order of their
// first group.
func byRole(groups []Group) (places [][]int) {
	role := map[string]int{}
	for i := range groups {
		at, seen := role[groups[i].Role]
		if !seen {
			at = len(places)
			role[groups[i].Role] = at
			places = append(places, nil)
		}
		places[at] = append(places[at], i)
	}
	return places
}

func pick(groups []Group, where []int) []Group {
	some := make([]Group, len(where))
	for i, w := range where {
		some[i] = groups[w]
	}
	return some
}

package train

import (
	"fmt"
	"slices"
)

// An Effect is what a mask does to a sample, from the least to the most.
type Effect string

const (
	Train    Effect = "train"        // nothing; "" is the same in a [Cut]
	MaskKeep Effect = "mask"         // it does not train; its reward counts in the baseline
	MaskZero Effect = "mask_as_zero" // it does not train; it counts as reward 0 in the baseline
	Drop     Effect = "drop"         // it is gone before anything is compared
)

// strength orders effects; an unknown one has none.
var strength = map[Effect]int{"": 1, Train: 1, MaskKeep: 2, MaskZero: 3, Drop: 4}

// A Cut is what one mask takes off one sample. The zero Cut takes nothing.
type Cut struct {
	Effect Effect
	Turns  []int  // turns that do not train, in a sample that does
	Why    string // a reason in a few words; required with an effect
}

// A Mask decides what of a sample trains, by why it ended and by its turns. Where
// several masks cut one sample the strongest effect holds, the earliest among
// equals, and turns are cut by all.
type Mask struct {
	Name string // lower-case identifier; stored in batches, so it never changes
	Doc  string // one line
	Run  func(s *Sample) (Cut, error)
}

// Overlong is for trajectories that a budget ended before they were done. "Overlong
// filter" is a different thing in each system:
//
//	Effect     system
//	MaskKeep   SkyRL-Agent: masked, its real reward in the baseline. The zero value.
//	MaskZero   DeepSWE: masked, 0 in the baseline
//	Drop       rLLM, compact filtering: removed before grouping; see [AtLeast] for what is left
//	Train      Nebius: trained, and penalised by a part of its reward
type Overlong struct {
	Effect Effect // default MaskKeep
	Stops  []Stop // which it is about; default those that are [Stop.Budget]
}

// Mask returns the rule.
func (o Overlong) Mask() Mask {
	return Mask{Name: "overlong", Doc: "What a budget ended does not train.", Run: func(s *Sample) (Cut, error) {
		about := s.Stop.Budget()
		if o.Stops != nil {
			about = slices.Contains(o.Stops, s.Stop)
		}
		if !about {
			return Cut{}, nil
		}
		effect := o.Effect
		if effect == "" {
			effect = MaskKeep
		}
		return Cut{Effect: effect, Why: "ended by " + string(s.Stop)}, nil
	}}
}

// MalformedTurns masks turns whose action could not be parsed (Nebius, arXiv
// 2508.03501: they are neither taught nor punished).
type MalformedTurns struct{}

// Mask returns the rule.
func (MalformedTurns) Mask() Mask {
	return Mask{Name: "malformed_turns", Doc: "Turns whose action could not be parsed do not train.", Run: func(s *Sample) (cut Cut, _ error) {
		for i, t := range s.Turns {
			if t.Malformed {
				cut.Turns = append(cut.Turns, i)
			}
		}
		return cut, nil
	}}
}

// cut is what all masks together take off a sample, and which one decided.
type cut struct {
	Cut
	rule string
}

// cutAll asks every mask. Turns come back in order, each once.
func cutAll(masks []Mask, s *Sample) (all cut, err error) {
	for _, m := range masks {
		c, err := m.Run(s)
		if err != nil {
			return cut{}, err
		}
		if problem := c.problem(s); problem != "" {
			return cut{}, fmt.Errorf("mask %s: %s", m.Name, problem)
		}
		if strength[c.Effect] > strength[all.Effect] {
			all.Effect, all.Why, all.rule = c.Effect, c.Why, m.Name
		}
		all.Turns = append(all.Turns, c.Turns...)
		if len(c.Turns) > 0 && all.rule == "" {
			all.rule, all.Why = m.Name, fmt.Sprintf("%d of %d turns masked", len(c.Turns), len(s.Turns))
		}
	}
	slices.Sort(all.Turns)
	all.Turns = slices.Compact(all.Turns)
	return all, nil
}

// byStop adds to c what the class of a sample's stop decides, whatever masks say, and
// what is left when every turn is masked. It returns the step at which c would drop.
func (c *cut) byStop(s *Sample) (step string) {
	masked := strength[c.Effect] >= strength[MaskKeep]
	switch fate := classes[s.Stop]; {
	case fate == machine:
		c.Effect, c.rule, c.Why = Drop, "machine", "the machine's: "+string(s.Stop)
		return "fault"
	case fate == leftBehind:
		c.Effect, c.rule, c.Why = Drop, "left_behind", string(s.Stop)
	case fate == untrained && !masked:
		c.Effect, c.rule, c.Why = MaskKeep, "no_tokens", "nothing to train on: "+string(s.Stop)
	case len(c.Turns) > 0 && c.trained(s) == 0 && !masked:
		c.Effect, c.Why = MaskKeep, "every turn masked"
	}
	return "drop"
}

func (c *Cut) problem(s *Sample) string {
	if strength[c.Effect] == 0 {
		return fmt.Sprintf("unknown effect %q", c.Effect)
	}
	for _, t := range c.Turns {
		if t < 0 || t >= len(s.Turns) {
			return fmt.Sprintf("it masks turn %d of %d", t, len(s.Turns))
		}
	}
	return ""
}

// trained returns how many sampled tokens are left after the turns that c takes.
func (c *Cut) trained(s *Sample) int {
	tokens := s.Tokens
	for _, t := range c.Turns {
		tokens -= s.Turns[t].Tokens
	}
	return tokens
}

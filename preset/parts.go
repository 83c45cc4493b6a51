package preset

import (
	"errors"
	"slices"

	"github.com/selfplay-swe/ssr/reward"
	"github.com/selfplay-swe/ssr/train"
)

// oracled refuses an attempt of which no right patch is known, which a likeness
// would take for a change that should not have been made.
func oracled(part reward.Part) reward.Part {
	pay := part.Pay
	part.Pay = func(e reward.Evidence) (float64, error) {
		if len(e.OraclePatches) == 0 {
			return 0, errors.New("what repairs it is not known, as of second-order bugs in a store")
		}
		return pay(e)
	}
	return part
}

// lengthWeighted is [train.LengthWeighted], each group by itself. In a role of which
// nobody has a length, as players without models, all weigh the same, which is
// [train.MeanOnly]; a group without lengths is refused if others of its role have
// some.
func lengthWeighted() train.Advantage {
	weighted, plain := train.LengthWeighted{}.Advantage(), train.MeanOnly{}.Advantage()
	return train.Advantage{
		Name: weighted.Name,
		Doc:  weighted.Doc + " In a role without any lengths, all weigh the same.",
		Run: func(groups []train.Group) ([][]float64, error) {
			long := map[string]bool{}
			for _, g := range groups {
				long[g.Role] = long[g.Role] || slices.ContainsFunc(g.Samples, func(s train.Sample) bool { return s.Tokens > 0 })
			}
			all := make([][]float64, len(groups))
			for i, g := range groups {
				rule := plain
				if long[g.Role] {
					rule = weighted
				}
				one, err := rule.Run(groups[i : i+1])
				if err != nil {
					return nil, err
				}
				all[i] = one[0]
			}
			return all, nil
		},
	}
}

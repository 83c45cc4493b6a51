package preset

import (
	"errors"

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

// lengthWeighted is [train.LengthWeighted], each group by itself. Where nobody in a
// batch's role has a length, as in a play without models, all weigh the same, which
// is [train.MeanOnly]; a group without lengths among others that have some is
// refused.
func lengthWeighted() train.Advantage {
	weighted, plain := train.LengthWeighted{}.Advantage(), train.MeanOnly{}.Advantage()
	return train.Advantage{
		Name: weighted.Name,
		Doc:  weighted.Doc + " Without any lengths, all weigh the same.",
		Run: func(groups []train.Group) ([][]float64, error) {
			for _, g := range groups {
				for _, s := range g.Samples {
					if s.Tokens > 0 {
						return weighted.Run(groups)
					}
				}
			}
			return plain.Run(groups)
		},
	}
}

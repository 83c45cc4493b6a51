package train

import "errors"

// A Recipe is what a system makes of finished trajectories: one rule for each step.
// The zero Recipe is group-relative: [GRPO], what a budget ended masked, nothing
// filtered. To train on that too, give Overlong{Effect: Train}.
type Recipe struct {
	Name      string                 // stored in batches
	Key       func(s *Sample) string // what is compared with what, within a role; default Sample.Group
	Shapes    []Shape
	Masks     []Mask // if none is given, the zero [Overlong]; if some are, those alone
	Filters   []Filter
	Advantage Advantage // default: the zero [GRPO]
	Gates     []Filter  // run when advantages are known
	Loss      Loss      // default: none, and no weights
}

// Batch makes a batch of samples and says of each what became of it. Their order
// is kept, groups stand in the order of their first sample, and samples are not
// changed. A batch in which nothing trains is a batch; one without samples is
// refused.
func (r Recipe) Batch(samples []Sample) (*Batch, error) {
	if len(samples) == 0 {
		return nil, errors.New("train: no samples: a batch needs finished trajectories")
	}
	p := &pass{recipe: r.filled(), batch: &Batch{Version: BatchVersion, Recipe: r.Name}}
	for _, step := range []func() error{
		func() error { return p.read(samples) },
		p.shape,
		func() error { return p.filter("filter", p.recipe.Filters) },
		p.advantage,
		func() error { return p.filter("gate", p.recipe.Gates) },
		p.weigh,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p.batch, nil
}

func (r Recipe) filled() Recipe {
	if r.Key == nil {
		r.Key = func(s *Sample) string { return s.Group }
	}
	if len(r.Masks) == 0 {
		r.Masks = []Mask{Overlong{}.Mask()}
	}
	if r.Advantage.Run == nil {
		r.Advantage = GRPO{}.Advantage()
	}
	return r
}

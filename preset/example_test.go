package preset_test

import (
	"fmt"
	"os"

	"github.com/selfplay-swe/ssr/preset"
	"github.com/selfplay-swe/ssr/reward"
	"github.com/selfplay-swe/ssr/rollout"
	"github.com/selfplay-swe/ssr/train"
)

// A published system, on rollouts that package rollout read of a store.
func Example() {
	batch, err := preset.DeepSWE().Batch(rollouts())
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := batch.WriteTable(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// group    role    sample             stop             reward  shaped  advantage  trains       why
	// round/0  solver  round/0/attempt/0  submitted        1       1       1          yes, 0.3333  -
	// round/0  solver  round/0/attempt/1  submitted        0       0       -0.5       yes, 0.3333  -
	// round/0  solver  round/0/attempt/2  agent.max_steps  0       0       -0.5       no           overlong: ended by agent.max_steps
	//
	// step  rule      groups  samples
	// mask  overlong  0       1
}

// A system of one's own: its reward, advantage, mask, filter and curriculum in
// twenty lines.
func Example_ownSystem() {
	brief := func(e reward.Evidence) (float64, error) { return -0.001 * float64(e.Tokens), nil }
	own := preset.Preset{
		Name:   "own",
		Reward: map[string][]reward.Part{rollout.Solver: {reward.ResolvedOrNot(), {Name: "brief", Pay: brief}}},
		Recipe: &train.Recipe{
			Advantage: train.MeanOnly{}.Advantage(),
			Masks: []train.Mask{{Name: "long", Run: func(s *train.Sample) (cut train.Cut, _ error) {
				if s.Tokens > 500 {
					cut = train.Cut{Effect: train.MaskKeep, Why: "over 500 tokens"}
				}
				return cut, nil
			}}},
			Filters: []train.Filter{train.ZeroSpread{}.Filter()},
		},
		Curriculum: train.Band{High: 0.9}.Curriculum(),
	}
	batch, err := own.Batch(rollouts())
	if err == nil {
		err = batch.WriteTable(os.Stdout)
	}
	fmt.Println(err)
	// Output:
	// group    role    sample             stop             reward  shaped  advantage  trains  why
	// round/0  solver  round/0/attempt/0  submitted        0.8     0.8     0.933333   yes     -
	// round/0  solver  round/0/attempt/1  submitted        -0.1    -0.1    0.0333333  yes     -
	// round/0  solver  round/0/attempt/2  agent.max_steps  -1.1    -1.1    -0.966667  no      long: over 500 tokens
	//
	// step  rule  groups  samples
	// mask  long  0       1
	// <nil>
}

// rollouts are three attempts on one bug.
func rollouts() []rollout.Rollout {
	list := attempts(resolved(true), resolved(false), resolved(false))
	for i, tokens := range []int{200, 100, 1100} {
		list[i].Sample.ID, list[i].Sample.Group = fmt.Sprintf("round/0/attempt/%d", i), "round/0"
		list[i].Sample.Tokens, list[i].Evidence.Tokens = tokens, tokens
	}
	list[2].Sample.Stop = train.MaxSteps
	return list
}

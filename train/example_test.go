package train_test

import (
	"fmt"
	"os"

	"github.com/selfplay-swe/ssr/train"
)

// Four attempts on one bug; the last was lost to the machine and is nobody's
// baseline.
func Example() {
	samples := []train.Sample{
		{Role: "solver", Group: "bug-1", Stop: train.Submitted, Reward: 1},
		{Role: "solver", Group: "bug-1", Stop: train.Submitted, Reward: -1},
		{Role: "solver", Group: "bug-1", Stop: train.MaxSteps, Reward: -1},
		{Role: "solver", Group: "bug-1", Stop: train.EnvLost},
	}
	recipe := train.Recipe{Advantage: train.LeaveOneOut{}.Advantage()}
	batch, err := recipe.Batch(samples)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range batch.Rows() {
		if row.Advantage == nil {
			fmt.Println(row.Index, row.Why)
			continue
		}
		fmt.Printf("%d %+.1f trains=%v\n", row.Index, *row.Advantage, row.Trains)
	}
	// Output:
	// 0 +2.0 trains=true
	// 1 -1.0 trains=true
	// 2 -1.0 trains=false
	// 3 the machine's: env.lost
}

// A batch of one's own: what is rewarded, compared, masked, filtered and drawn, each
// as a value.
func Example_ownRules() {
	brief := train.Shape{Name: "brief", Run: train.PerSample(func(s *train.Sample) float64 { return -float64(s.Tokens) / 1000 })}
	best := train.Advantage{Name: "best", Run: train.PerGroup(func(g *train.Group) ([]float64, error) {
		out, most := g.Rewards(), g.Samples[0].Reward
		for _, r := range out {
			most = max(most, r)
		}
		for i := range out {
			out[i] -= most
		}
		return out, nil
	})}
	long := train.Mask{Name: "long", Run: func(s *train.Sample) (cut train.Cut, _ error) {
		if s.Tokens > 500 {
			cut = train.Cut{Effect: train.MaskKeep, Why: "over 500 tokens"}
		}
		return cut, nil
	}}
	pairs := train.Filter{Name: "pairs", Run: func(g *train.Group) (why string, _ error) {
		if len(g.Samples) != 2 {
			why = "not a pair"
		}
		return why, nil
	}}
	recipe := train.Recipe{Shapes: []train.Shape{brief}, Masks: []train.Mask{long}, Filters: []train.Filter{pairs}, Advantage: best}
	batch, err := recipe.Batch([]train.Sample{
		{Role: "solver", Group: "a", Stop: train.Submitted, Reward: 1, Tokens: 200},
		{Role: "solver", Group: "a", Stop: train.Submitted, Reward: 0, Tokens: 600},
		{Role: "solver", Group: "b", Stop: train.Submitted, Reward: 1, Tokens: 100},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := batch.WriteTable(os.Stdout); err != nil {
		fmt.Println(err)
	}

	hard := train.Curriculum{Name: "hard", Run: func(_ int, tasks []train.Task) ([]float64, error) {
		weights := make([]float64, len(tasks))
		for i, t := range tasks {
			weights[i] = 1 - t.Rate
		}
		return weights, nil
	}}
	fmt.Println(hard.Weights(0, []train.Task{{Key: "a", Rate: 0.5, Tries: 2}, {Key: "b", Rate: 1, Tries: 1}}))
	// Output:
	// group  role    sample  stop       reward  shaped  advantage  trains  why
	// a      solver  0       submitted  1       0.8     0          yes     -
	// a      solver  1       submitted  0       -0.6    -1.4       no      long: over 500 tokens
	// b      solver  2       submitted  1       0.9     -          no      group pairs: not a pair
	//
	// step    rule   groups  samples
	// filter  pairs  1       1
	// mask    long   0       1
	// [0.5 0] <nil>
}

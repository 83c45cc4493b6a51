package rollout_test

import (
	"context"
	"fmt"

	"github.com/selfplay-swe/ssr/rollout"
	"github.com/selfplay-swe/ssr/selfplay"
)

// A round whose artifact the judge refused is one trajectory, the injector's.
func Example() {
	pay := -1.0
	round := &selfplay.Round{Index: 7, Source: "module:example.com/calc@v1.0.0", Reward: &pay}
	rollouts, err := rollout.Of(context.Background(), blobs{}, round)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range rollouts {
		fmt.Println(r.Sample.ID, r.Sample.Role, r.Sample.Group, r.Sample.Stop, r.Sample.Reward)
	}
	// Output: round/7 injector module:example.com/calc@v1.0.0 submitted -1
}

// Reward plays with a rule of its own: an injector is paid most for bugs that a
// wanted share of attempts repairs, with no cliff where all or none do.
//
//	go run ./examples/reward module:github.com/gorilla/mux@v1.8.1
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"os"

	"github.com/selfplay-swe/ssr/baseline"
	"github.com/selfplay-swe/ssr/sandbox/local"
	"github.com/selfplay-swe/ssr/selfplay"
)

// Smooth pays 1 - |s - Share| / max(Share, 1 - Share) for a solve rate of s, and
// -1 for an artifact that is not valid.
type Smooth struct{ Share float64 }

// Inject is what an injector is paid.
func (r Smooth) Inject(valid bool, solved, counted int) (pay float64, scored bool, err error) {
	if !valid {
		return -1, true, nil
	}
	if counted == 0 {
		return 0, false, nil
	}
	s := float64(solved) / float64(counted)
	return 1 - math.Abs(s-r.Share)/max(r.Share, 1-r.Share), true, nil
}

// Solve is what a solver is paid: as in the paper.
func (Smooth) Solve(solved bool) float64 {
	if solved {
		return 1
	}
	return -1
}

// Validate refuses a share that is none.
func (r Smooth) Validate() error {
	if !(r.Share > 0 && r.Share < 1) {
		return errors.New("the wanted share must be between 0 and 1")
	}
	return nil
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: reward SOURCE")
	}
	provider, err := local.New(local.Options{})
	if err != nil {
		log.Fatal(err)
	}
	solver := &baseline.Solver{Budget: 40}
	defer solver.Close()
	engine := &selfplay.Engine{
		Provider: provider, Injector: &baseline.Injector{}, Solver: solver, Reward: Smooth{Share: 0.25}, Attempts: 4,
		Strategies: []selfplay.WeightedStrategy{{Strategy: "mutation", Weight: 1}},
	}
	for round, err := range engine.Rounds(context.Background(), []selfplay.Source{{Repo: os.Args[1]}}, 1) {
		if err != nil {
			log.Fatal(err)
		}
		if round.Reward != nil {
			fmt.Printf("%d of %d solved, the injector is paid %+.3f\n", round.Solved, round.Counted, *round.Reward)
		}
	}
}

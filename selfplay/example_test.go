package selfplay_test

import (
	"context"
	"fmt"
	"log"

	"github.com/selfplay-swe/ssr/baseline"
	"github.com/selfplay-swe/ssr/sandbox/local"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/store"
	executor "github.com/selfplay-swe/ssr/work/local"
)

// Play ten rounds on a Go module with the built-in player, and keep them. Run
// again after it was killed, it goes on where it was.
func Example() {
	ctx := context.Background()
	provider, err := local.New(local.Options{})
	if err != nil {
		log.Fatal(err)
	}
	kept, err := store.Open("play.db", store.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer kept.Close()
	solver := &baseline.Solver{}
	defer solver.Close()
	engine := &selfplay.Engine{
		Provider: provider,
		Injector: &baseline.Injector{},
		Solver:   solver,
		Archive:  kept,
		Seed:     1,
	}
	steps, err := executor.New(kept.DB(), engine.Kinds())
	if err != nil {
		log.Fatal(err)
	}
	defer steps.Close()
	engine.Executor = steps

	var rounds []*selfplay.Round
	for round, err := range engine.Rounds(ctx, []selfplay.Source{{Repo: "module:github.com/gorilla/mux@v1.8.1"}}, 10) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(round.Index, round.Strategy, round.Target, round.Solved, "of", round.Counted)
		rounds = append(rounds, round)
	}
	fmt.Println(selfplay.Summarize(rounds).All.Valid.Share())
}

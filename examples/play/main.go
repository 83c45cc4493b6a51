// Play runs the game over the library: two rounds on a Go module by the built-in
// player, kept in a file. Killed and started again, it goes on where it was.
//
//	go run ./examples/play module:github.com/gorilla/mux@v1.8.1 play.db
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/selfplay-swe/ssr/baseline"
	"github.com/selfplay-swe/ssr/sandbox/local"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/store"
	executor "github.com/selfplay-swe/ssr/work/local"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: play SOURCE STORE")
	}
	if err := play(context.Background(), os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func play(ctx context.Context, source, file string) error {
	provider, err := local.New(local.Options{})
	if err != nil {
		return err
	}
	kept, err := store.Open(file, store.Options{})
	if err != nil {
		return err
	}
	defer kept.Close()
	solver := &baseline.Solver{Budget: 40}
	defer solver.Close()
	engine := &selfplay.Engine{
		Provider:   provider,
		Injector:   &baseline.Injector{},
		Solver:     solver,
		Strategies: []selfplay.WeightedStrategy{{Strategy: "mutation", Weight: 1}},
		Archive:    kept,
		Seed:       1,
	}
	steps, err := executor.New(kept.DB(), engine.Kinds())
	if err != nil {
		return err
	}
	defer steps.Close()
	engine.Executor = steps

	for round, err := range engine.Rounds(ctx, []selfplay.Source{{Repo: source}}, 2) {
		if err != nil {
			return err
		}
		fmt.Printf("round %d: consistent %v, %d of %d solved\n", round.Index+1, round.Consistent, round.Solved, round.Counted)
	}
	return nil
}

package local_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/selfplay-swe/ssr/work"
	"github.com/selfplay-swe/ssr/work/local"
)

func ExampleNew() {
	ctx := context.Background()
	executor, err := local.New(nil, map[string]work.Kind{ // nil: no journal
		"shout": {Limit: 2, Retries: 1, Handler: func(_ context.Context, in work.Input) ([]byte, error) {
			return []byte(strings.ToUpper(string(in.Data))), nil
		}},
		"join": {Handler: func(_ context.Context, in work.Input) (all []byte, _ error) {
			for _, result := range in.Results {
				all = append(all, result.Output...)
			}
			return all, nil
		}},
	})
	if err != nil {
		panic(err)
	}
	defer executor.Close()

	group := work.Group{ID: "greeting", Finish: "join", Tasks: []work.Task{
		{ID: "1", Steps: []string{"shout"}, Input: []byte("hello ")},
		{ID: "2", Steps: []string{"shout"}, Input: []byte("world")},
	}}
	if err := executor.Start(ctx, group); err != nil {
		panic(err)
	}
	outcome, err := executor.Wait(ctx, group.ID)
	fmt.Println(string(outcome.Output), err)
	// Output: HELLO WORLD <nil>
}

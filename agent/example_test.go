package agent_test

import (
	"context"
	"fmt"
	"log"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/scripted"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/sandboxtest"
)

// A tool of one's own is a name, a text for the model, and a function that acts
// through the shell. Here a script stands for the model, and a fake for the
// sandbox.
func Example() {
	outline := agent.Tool{
		Name:       "outline",
		Doc:        "Lists the functions of a Go file.",
		Parameters: []agent.Parameter{{Name: "path", Doc: "the file"}},
		Run: func(ctx context.Context, e *agent.Env, args agent.Args) (agent.Result, error) {
			r, err := e.Do(ctx, fmt.Sprintf("grep -n ^func -- %q", args["path"]))
			return agent.Result{Text: string(r.Output), Failed: !r.OK()}, err
		},
	}
	model := scripted.Say(
		policy.Message{Calls: []policy.Call{{ID: "1", Name: "outline", Arguments: `{"path": "mux.go"}`}}},
		policy.Message{Content: "That is all I wanted to see.", Calls: []policy.Call{{ID: "2", Name: "submit", Arguments: `{}`}}},
	)
	fake := &sandboxtest.Fake{Run: func(_ context.Context, _ *sandboxtest.Machine, cmd sandbox.Cmd) (sandbox.Result, error) {
		return sandbox.Result{Output: []byte("23:func NewRouter() *Router {")}, nil
	}}
	ctx := context.Background()
	box, err := fake.New(ctx, sandbox.Spec{})
	if err != nil {
		log.Fatal(err)
	}
	defer box.Close()

	loop := agent.Loop{Policy: model, Tools: append(agent.Tools(), outline), Limits: agent.Limits{Turns: 10}}
	t, err := loop.Run(ctx, agent.Job{ID: "first", Box: box, System: "You read code.", Request: "What is in mux.go?"})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range t.Steps {
		fmt.Printf("%s %q\n", s.Action.Tool, s.Observation)
	}
	fmt.Println(t.Stop)
	// Output:
	// outline "23:func NewRouter() *Router {\n[turns left: 9]"
	// submit ""
	// submitted
}

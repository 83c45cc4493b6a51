package scripted_test

import (
	"context"
	"fmt"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/scripted"
)

// A script says its next turn, by how many of the conversation it has said.
func Example() {
	p := scripted.Say(policy.Message{Content: "hello"}, policy.Message{Content: "goodbye"})
	conversation := []policy.Message{{Role: policy.User, Content: "hi"}}
	for {
		answer, err := p.Complete(context.Background(), policy.Request{Messages: conversation})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(answer.Message.Content)
		conversation = append(conversation, answer.Message)
	}
	// Output:
	// hello
	// goodbye
	// scripted refuses with 0: the script has 2 turns, and turn 3 is wanted
}

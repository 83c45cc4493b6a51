package openai_test

import (
	"context"
	"fmt"
	"os"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai"
	"github.com/selfplay-swe/ssr/policy/openai/openaitest"
)

func Example() {
	server := openaitest.New(openaitest.Options{Kind: openaitest.VLLM})
	defer server.Close()
	ctx := context.Background()

	options := openai.Options{Endpoint: server.URL + "/v1", Key: openai.NewKey(os.Getenv("MODEL_KEY"))}
	found, err := openai.Probe(ctx, options)
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := openai.New(options, found)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := client.Complete(ctx, policy.Request{
		Messages: []policy.Message{{Role: policy.User, Content: "Are you there?"}},
		Session:  "attempt-1",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(client.Identity())
	fmt.Println(answer.Message.Content, answer.Finish)
	fmt.Println(len(answer.Completion), "ids,", len(answer.Logprobs), "log-probabilities, trainable:", answer.Untrainable == "")
	// Output:
	// toy by vllm 0.14.0
	// ok stop
	// 2 ids, 2 log-probabilities, trainable: true
}

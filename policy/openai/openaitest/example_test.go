package openaitest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/openai/openaitest"
)

// A server that is overloaded at its first call, and then says what it was asked.
func ExampleNew() {
	server := openaitest.New(openaitest.Options{
		Kind: openaitest.SGLang,
		Answer: func(r openaitest.Request) policy.Message {
			return policy.Message{Content: "you said " + r.Messages[len(r.Messages)-1].Content}
		},
		Fault: func(r openaitest.Request) openaitest.Fault {
			if r.Number == 1 {
				return openaitest.Busy
			}
			return 0
		},
	})
	defer server.Close()
	for range 2 {
		body := strings.NewReader(`{"model": "toy", "messages": [{"role": "user", "content": "hi"}]}`)
		r, err := http.Post(server.URL+"/v1/chat/completions", "application/json", body)
		if err != nil {
			fmt.Println(err)
			return
		}
		text, _ := io.ReadAll(r.Body)
		r.Body.Close()
		fmt.Println(r.StatusCode, strings.Contains(string(text), "you said hi"))
	}
	// Output:
	// 429 false
	// 200 true
}

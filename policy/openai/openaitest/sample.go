package openaitest

import (
	"fmt"
	"strings"

	"github.com/selfplay-swe/ssr/policy"
)

// sampled is an answer before it is written in some server's JSON.
type sampled struct {
	number    int
	message   policy.Message
	cutText   string // what was sampled, of an answer that was cut
	finish    string
	prompt    []int32
	ids       []int32
	logprobs  []float64
	prompted  int // as they are counted
	completed int
	cached    int
	weights   string
}

func (s *server) sample(r Request) *sampled {
	a := &sampled{
		number:   r.Number,
		message:  s.Answer(r),
		finish:   "stop",
		prompt:   r.Prompt,
		prompted: len(r.Prompt),
		weights:  s.Weights(),
	}
	a.name()
	a.ids = append(encodePlain(spoken(a.message)), TurnEnd)
	a.cut(r.MaxTokens)
	a.completed = len(a.ids)
	for place, id := range a.ids {
		a.logprobs = append(a.logprobs, logprob(place, id))
	}
	return a
}

// name gives the calls ids, where the answer's author did not.
func (a *sampled) name() {
	for i := range a.message.Calls {
		a.finish = "tool_calls"
		if a.message.Calls[i].ID == "" {
			a.message.Calls[i].ID = fmt.Sprintf("call_%d_%d", a.number, i)
		}
	}
}

// cut keeps at most n ids; 0 is no limit. What is cut in the middle of a call is
// text, and what is cut while it thinks is reasoning alone.
func (a *sampled) cut(n int) {
	if n == 0 || n >= len(a.ids) {
		return
	}
	a.ids, a.finish = a.ids[:n], "length"
	a.cutText = Decode(a.ids)
	said, thinks := strings.CutPrefix(a.cutText, "<think>\n")
	thought, content, done := strings.Cut(said, "\n</think>\n")
	switch {
	case !thinks:
		a.message = policy.Message{Content: said}
	case !done:
		a.message = policy.Message{Reasoning: said}
	default:
		a.message = policy.Message{Reasoning: thought, Content: content}
	}
}

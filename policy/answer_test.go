package policy_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy"
)

// Every way in which tokens do not add up has its sentence, and none of them is
// passed over.
func TestCheck(t *testing.T) {
	ends := []int32{9}
	for name, c := range map[string]struct {
		change func(a *policy.Answer)
		want   string
	}{
		"right":            {func(*policy.Answer) {}, ""},
		"aborted":          {func(a *policy.Answer) { a.Finish = policy.Aborted }, "policy.abort: the server broke the answer off"},
		"no prompt ids":    {func(a *policy.Answer) { a.Prompt = nil }, "policy.no_token_ids: the server gave no ids of the prompt"},
		"no sampled ids":   {func(a *policy.Answer) { a.Completion = nil }, "policy.no_token_ids: the server gave no ids of the answer"},
		"no log-probs":     {func(a *policy.Answer) { a.Logprobs = nil }, "policy.no_token_ids: the server gave no log-probabilities"},
		"fewer log-probs":  {func(a *policy.Answer) { a.Logprobs = a.Logprobs[:1] }, "policy.mismatch: 1 log-probabilities for 2 sampled ids"},
		"usage of answer":  {func(a *policy.Answer) { a.Usage.Completion = 3 }, "policy.mismatch: 2 sampled ids, and the server counts 3"},
		"usage of prompt":  {func(a *policy.Answer) { a.Usage.Prompt = 4 }, "policy.mismatch: 3 ids in the prompt, and the server counts 4"},
		"id below zero":    {func(a *policy.Answer) { a.Prompt[1] = -1 }, "policy.mismatch: id 1 of the prompt is -1"},
		"-9999":            {func(a *policy.Answer) { a.Logprobs[0] = -9999 }, "policy.mismatch: the log-probability of sampled id 0 is -9999"},
		"above zero":       {func(a *policy.Answer) { a.Logprobs[1] = 0.1 }, "policy.mismatch: the log-probability of sampled id 1 is 0.1"},
		"no number":        {func(a *policy.Answer) { a.Logprobs[1] = math.NaN() }, "policy.mismatch: the log-probability of sampled id 1 is NaN"},
		"no end":           {func(a *policy.Answer) { a.Completion[1] = 8 }, "policy.mismatch: the answer ended by itself, and its last id ends no turn"},
		"cut, no end":      {func(a *policy.Answer) { a.Completion[1], a.Finish = 8, policy.Length }, ""},
		"raw, temperature": {func(a *policy.Answer) { a.Mode, a.Sampling.Temperature = "raw_logprobs", new(0.5) }, "policy.mismatch: the log-probabilities are raw, from before temperature and top-p were applied, and these are not 1"},
		"raw, all at 1": {func(a *policy.Answer) {
			a.Mode, a.Sampling.Temperature, a.Sampling.TopP = "raw_logprobs", new(1.0), new(1.0)
		}, ""},
		"processed, at 0.5": {func(a *policy.Answer) { a.Mode, a.Sampling.Temperature = "processed_logprobs", new(0.5) }, ""},
	} {
		a := &policy.Answer{
			Finish: policy.Stopped, Usage: policy.Usage{Prompt: 3, Completion: 2},
			Tokens: policy.Tokens{Prompt: []int32{1, 2, 3}, Completion: []int32{4, 9}, Logprobs: []float64{-0.5, 0}},
		}
		c.change(a)
		require.Equal(t, c.want, a.Check(ends), name)
	}
}

package agent

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/scripted"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/sandboxtest"
)

// fake is a sandbox in which commands do nothing.
func fake(t *testing.T) sandbox.Sandbox {
	t.Helper()
	b, err := printer().New(t.Context(), sandbox.Spec{})
	require.NoError(t, err)
	return b
}

// Half an answer is not done, whatever it says, and the policy is told why.
func TestHalfAnAnswerIsNotDone(t *testing.T) {
	for finish, want := range map[policy.Finish]string{
		policy.Length:   "the answer was cut off where its tokens ended, so nothing of it was done; answer again, shorter",
		policy.Filtered: "the server withheld the answer, or a part of it, so nothing of it was done; answer again, in other words",
		policy.Aborted:  "the server broke the answer off, so nothing of it was done; answer again",
	} {
		p := scripted.Say(call("submit", nil), call("submit", nil))
		p.Turns[0].Finish, p.Turns[0].Untrainable = finish, "policy.abort: …"
		for _, text := range []bool{false, true} {
			l := Loop{Policy: p, Text: text}
			if text {
				p.Turns[0].Message = policy.Message{Role: policy.Assistant, Content: "<tool: submit>\ndone\n</tool>"}
				p.Turns[1].Message = p.Turns[0].Message
			}
			got, err := l.Run(t.Context(), Job{ID: "one", Box: fake(t)})
			require.NoError(t, err)
			require.Len(t, got.Steps, 2)
			require.Equal(t, want, got.Steps[0].Malformed)
			require.Equal(t, want, observations(got)[0])
			require.Equal(t, "policy.abort: …", got.Steps[0].Answer.Untrainable, "it is kept, and no reason to end")
			require.Equal(t, Submitted, got.Stop)
		}
	}
}

// What the server breaks off is no fault of the policy's; all else counts.
func TestMalformedInARow(t *testing.T) {
	hm := policy.Message{Content: "hm"}
	for name, c := range map[string]struct {
		aborted []int
		say     []policy.Message
		steps   int
		want    Stop
	}{
		"in a row":     {nil, []policy.Message{hm, hm, hm, hm}, 3, Malformed},
		"broken":       {nil, []policy.Message{hm, hm, bash("1"), hm, hm, call("submit", nil)}, 6, Submitted},
		"the server's": {[]int{1, 2, 3}, []policy.Message{hm, hm, hm, hm, hm, call("submit", nil)}, 6, Submitted},
	} {
		t.Run(name, func(t *testing.T) {
			p := scripted.Say(c.say...)
			for _, i := range c.aborted {
				p.Turns[i].Finish = policy.Aborted
			}
			l := Loop{Policy: p, Limits: Limits{Malformed: 3}}
			got, err := l.Run(t.Context(), Job{ID: "one", Box: fake(t)})
			require.NoError(t, err)
			require.Len(t, got.Steps, c.steps)
			require.Equal(t, c.want, got.Stop)
		})
	}
}

// No answer may be longer than what is left; a length that is left to the server
// stays so.
func TestAnAnswerIsNoLongerThanWhatIsLeft(t *testing.T) {
	for given, want := range map[int][]int{0: {0, 0, 0}, 12: {12, 12, 8}, 100: {23, 14, 8}} {
		var sent []int
		p := counting("true") // 9, 15, 21 tokens, and so on
		l := Loop{Limits: Limits{Tokens: 23}, Sampling: policy.Sampling{MaxTokens: given}}
		l.Policy = policy.Func(func(ctx context.Context, r policy.Request) (*policy.Answer, error) {
			sent = append(sent, r.Sampling.MaxTokens)
			return p.Complete(ctx, r)
		})
		got, err := l.Run(t.Context(), Job{ID: "one", Box: fake(t)})
		require.NoError(t, err)
		require.Equal(t, MaxTokens, got.Stop)
		require.Equal(t, want, sent[:3])
	}
}

// Time is what was measured when a step was made: waiting does not count, and a
// trajectory that is resumed has the time that it had.
func TestTimeIsThatOfTheSteps(t *testing.T) {
	journal, err := OpenJournal(t.TempDir())
	require.NoError(t, err)
	defer journal.Close()
	asked := 0
	p := asking(counting("true"), func(int) { asked++ }) // a second each, it says
	job := Job{ID: "one", Box: fake(t)}
	l := Loop{Policy: p, Journal: journal, Limits: Limits{Wall: 4 * time.Second}}
	got, err := l.Run(t.Context(), job)
	require.NoError(t, err)
	require.Equal(t, Timeout, got.Stop)
	require.Equal(t, 4, asked)
	require.Equal(t, "answers and actions took 4s", got.Detail)

	got, err = l.Run(t.Context(), job)
	require.NoError(t, err)
	require.Equal(t, Timeout, got.Stop)
	require.Equal(t, 4, asked, "the limit is still reached")
}

// What commands took counts as what answers did.
func TestTimeIsThatOfActionsToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := slow(10*time.Minute).New(t.Context(), sandbox.Spec{})
		require.NoError(t, err)
		l := Loop{Policy: scripted.Say(slices.Repeat([]policy.Message{bash("1")}, 9)...), Limits: Limits{Command: time.Hour, Wall: 25 * time.Minute}}
		got, err := l.Run(t.Context(), Job{ID: "one", Box: b})
		require.NoError(t, err)
		require.Equal(t, Timeout, got.Stop)
		require.Equal(t, "answers and actions took 30m0s", got.Detail)
		require.Len(t, got.Steps, 3)
	})
}

// A stop text that ends a call is not part of the answer, and the call is whole.
func TestACallThatEndsByAStopText(t *testing.T) {
	for content, want := range map[string]string{
		"<tool: bash>\nls\n":  "",
		"<tool: bash>\nls":    "",
		"thinking":            "No tool calls found",
		"<tool: bash>":        "Mismatch in tool tag counts",
		"<tool: bash>\n   \n": "requires non-empty arguments",
	} {
		l := Loop{Text: true, Policy: scripted.Say(policy.Message{Content: content}), Limits: Limits{Turns: 1}}
		l.Sampling.Stop = []string{"</tool>"}
		got, err := l.Run(t.Context(), Job{ID: "one", Box: fake(t)})
		require.NoError(t, err)
		require.Contains(t, got.Steps[0].Malformed, want)
		require.Equal(t, want == "", got.Steps[0].Action != nil, content)
		require.Equal(t, content, got.Steps[0].Answer.Message.Content, "what was said is kept as it was said")
	}
}

// A call in the reasoning is a thought: it is not done, and the policy is told where
// to write it, or, if its server takes everything for reasoning, whoever reads why
// the trajectory ended.
func TestACallInTheReasoning(t *testing.T) {
	const draft = "<tool: submit>\ndone\n</tool>"
	const told = "No tool calls found in the answer. There is one in the reasoning before it, where none is done: end the reasoning, and write the call again in the answer itself."
	for _, c := range []struct{ reasoning, content, want string }{
		{draft, "", told},
		{"I stop within it. <tool: submit>\ndone", "I am done.", told},
		{"I think.", "", "No tool calls found\n[turns left"},
		{draft, "<tool: submit>", "Mismatch in tool tag counts"},
		{draft, "<tool: bash>\nls\n</tool>", ""},
	} {
		say := policy.Message{Reasoning: c.reasoning, Content: c.content}
		l := Loop{Text: true, Policy: scripted.Say(say, say), Limits: Limits{Turns: 2, Malformed: 2}}
		got, err := l.Run(t.Context(), Job{ID: "one", Box: fake(t)})
		require.NoError(t, err)
		require.Contains(t, got.Steps[0].Observation, c.want)
		require.Equal(t, c.want == "", got.Steps[0].Action != nil, c)
		require.NotEqual(t, Submitted, got.Stop)
		if c.want == told {
			require.Equal(t, Malformed, got.Stop)
			require.Equal(t, "2 answers in a row were no action; of the last: "+told, got.Detail)
		}
	}
}

// A loop that cannot run is refused before anything runs, with what would be right.
func TestRefusals(t *testing.T) {
	p := scripted.Say()
	own := func(change func(*Tool)) []Tool {
		tool := Bash()
		change(&tool)
		return []Tool{tool}
	}
	for want, l := range map[string]Loop{
		"the loop has no policy":         {},
		"the limit turns is -1":          {Policy: p, Limits: Limits{Turns: -1}},
		"observation is 10 bytes":        {Policy: p, Limits: Limits{Observation: 10}},
		`a tool is called "read-file"`:   {Policy: p, Tools: own(func(t *Tool) { t.Name = "read-file" })},
		"the tool bash has no doc":       {Policy: p, Tools: own(func(t *Tool) { t.Doc = "" })},
		"the tool bash has no Run":       {Policy: p, Tools: own(func(t *Tool) { t.Run = nil })},
		"it is Loop.Submit":              {Policy: p, Tools: own(func(t *Tool) { t.Name = "submit" })},
		"two tools are called bash":      {Policy: p, Tools: []Tool{Bash(), Bash()}},
		"it has 3 parameters":            {Policy: p, Text: true, Tools: own(func(t *Tool) { t.Parameters = Edit().Parameters })},
		"make it with agent.Submit":      {Policy: p, Submit: Bash()},
		"Loop.Submit is called \"exit\"": {Policy: p, Submit: Tool{Name: "exit", Doc: "x"}},
	} {
		_, err := l.Run(t.Context(), Job{ID: "one", Box: fake(t)})
		require.ErrorContains(t, err, want)
		require.True(t, strings.HasPrefix(err.Error(), "agent: "))
	}
}

// The arguments of a native call are one object, each name once, of texts.
func TestArguments(t *testing.T) {
	two := Tool{Name: "two", Parameters: []Parameter{{Name: "a"}, {Name: "b"}}}
	for arguments, want := range map[string]string{
		`{"a":"1","b":"2"}`:          "",
		` {"b":"2","a":"\u00e4"} `:   "",
		`{"a":"1","b":"2","a":"3"}`:  `the arguments of two are not a JSON object: "a" stands there twice`,
		`{"a":"1"}`:                  `the arguments of two have no text "b"; they must be {"a": "…", "b": "…"}`,
		`{"a":"1","B":"2"}`:          `the arguments of two have no text "b"; they must be {"a": "…", "b": "…"}`,
		`{"a":"1","b":2}`:            `the arguments of two have no text "b"; they must be {"a": "…", "b": "…"}`,
		`{"a":"1","b":"2","c":0}`:    `the arguments of two have more than {"a": "…", "b": "…"}`,
		`null`:                       `the arguments of two are not a JSON object: it is null`,
		``:                           `the arguments of two are not a JSON object: unexpected end of JSON input`,
		`{"a":"1","b":"2"} {}`:       `the arguments of two are not a JSON object: invalid character '{' after top-level value`,
		"{\"a\":\"1\",\"b\":\"\n\"}": `the arguments of two are not a JSON object: invalid character '\n' in string literal`,
	} {
		_, err := two.decode(arguments)
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.EqualError(t, err, want, arguments)
	}
	_, err := two.decode(strings.Repeat(`{"a":`, 1<<20))
	require.ErrorContains(t, err, "exceeded max depth")
	for _, nothing := range []string{"", " ", "null", "{}"} {
		_, err := Submit("x").decode(nothing)
		require.NoError(t, err)
	}
}

// What was printed into a file's content while it was read is not taken for it.
func TestOnlyAWholeFileIsRead(t *testing.T) {
	for output, want := range map[string]string{
		"\n\x1eagent:file 3 YWJj\n":             "abc",
		"noise\n\x1eagent:file 3 YWJj\nnoise":   "abc",
		"\n\x1eagent:file 0 \n":                 "",
		"\n\x1eagent:file 3 YWJjYWJj\n":         "could not be read",
		"\n\x1eagent:file 6 YWJj\nYWJj\n":       "could not be read",
		"\n\x1eagent:file 3 YW Jj\n":            "could not be read",
		"\n\x1eagent:file 3 YWJj":               "could not be read",
		"\n\x1eagent:file 3 YW*j\n":             "could not be read",
		"\n\x1eagent:file\n":                    "could not be read",
		"\n\x1eagent:\n":                        "could not be read",
		"file 3 YWJj\n":                         "could not be read",
		"":                                      "could not be read",
		"\x1eagent:\n\n\x1eagent:file 3 YWJj\n": "could not be read",
	} {
		made, err := (&sandboxtest.Fake{Run: func(context.Context, *sandboxtest.Machine, sandbox.Cmd) (sandbox.Result, error) {
			return sandbox.Result{Output: []byte(output)}, nil
		}}).New(t.Context(), sandbox.Spec{})
		require.NoError(t, err)
		content, what, err := newEnv(made, time.Second).read(t.Context(), "/work/a")
		if want == "could not be read" {
			require.ErrorContains(t, err, want, "%q", output)
			continue
		}
		require.NoError(t, err, "%q", output)
		require.Equal(t, isFile, what)
		require.Equal(t, want, string(content))
	}
}

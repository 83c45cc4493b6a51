package agent

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/scripted"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// box makes a sandbox that holds files.
func box(t *testing.T, files map[string]string) sandbox.Sandbox {
	t.Helper()
	all := map[string]repo.File{"README": {Mode: repo.Regular, Data: []byte("a tree\n")}}
	for name, text := range files {
		all[name] = repo.File{Mode: repo.Regular, Data: []byte(text)}
	}
	tree, err := repo.NewTree(all)
	require.NoError(t, err)
	return boxOf(t, tree)
}

func boxOf(t *testing.T, tree *repo.Tree) sandbox.Sandbox {
	t.Helper()
	b, err := machine.Provider(t).New(t.Context(), sandbox.Spec{Tree: tree})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

// call is an answer that calls a tool natively.
func call(tool string, args Args) policy.Message {
	text, err := json.Marshal(args)
	if err != nil {
		panic(err)
	}
	return policy.Message{Calls: []policy.Call{{ID: "call-" + tool, Name: tool, Arguments: string(text)}}}
}

func bash(command string) policy.Message { return call("bash", Args{"command": command}) }

// run plays a script in a sandbox.
func run(t *testing.T, l Loop, b sandbox.Sandbox, messages ...policy.Message) *Trajectory {
	t.Helper()
	l.Policy = scripted.Say(messages...)
	trajectory, err := l.Run(t.Context(), Job{ID: "one", Seed: 1, Box: b, System: "Act.", Request: "Do it."})
	require.NoError(t, err)
	return trajectory
}

// observations are what the policy was shown, without what is left.
func observations(t *Trajectory) (list []string) {
	for _, s := range t.Steps {
		text, _, _ := strings.Cut(s.Observation, "[turns left")
		list = append(list, strings.TrimSuffix(text, "\n"))
	}
	return list
}

func TestRun(t *testing.T) {
	b := box(t, map[string]string{"a.txt": "one\ntwo\nthree\n"})
	got := run(t, Loop{}, b,
		bash("cd /work && name=here"),
		bash("echo $name; false"),
		call("edit", Args{"path": "a.txt", "search": "two", "replace": "2\n2"}),
		call("create", Args{"path": "b.txt", "content": "new\n"}),
		bash("cat a.txt b.txt"),
		call("submit", nil),
	)
	require.Equal(t, Submitted, got.Stop)
	require.Equal(t, []string{
		"",
		"here\n[exit status 1]",
		"File a.txt has been successfully updated at line 2 and now contains 5 lines. The surrounding lines after the edit are shown below:\n     1\tone\n     2\t2\n     3\t2\n     4\tthree\n     5\t\nReview the changes and make sure they are as expected.",
		"File created successfully at: b.txt (2 lines).",
		"one\n2\n2\nthree\nnew",
		"",
	}, observations(got))
	require.True(t, strings.HasSuffix(got.Steps[0].Observation, "[turns left: 127]"))
	changes, err := b.Changes(t.Context())
	require.NoError(t, err)
	require.Len(t, changes, 2)
}

func TestAnEditThatMissesShowsWhatIsNear(t *testing.T) {
	got := run(t, Loop{}, box(t, map[string]string{"a.py": "def f(a, b):\n    return a\n\nclass Other\r\n"}),
		call("edit", Args{"path": "a.py", "search": "def f(a,b):", "replace": "x"}),
		call("edit", Args{"path": "a.py", "search": "def f(a", "replace": "x"}),
		call("edit", Args{"path": "b.py", "search": "x", "replace": "x"}),
		call("submit", nil),
	)
	require.Equal(t, []string{
		"No replacement was performed, the search lines did not appear verbatim in a.py.\nLines of the file like the first search line:\n     1\tdef f(a, b):",
		"No replacement was performed, the search lines did not appear verbatim in a.py. The search lines must exactly match one or more consecutive lines from the file, with indentations preserved.\nLines of the file like the first search line:\n     1\tdef f(a, b):",
		"The path b.py does not exist. Please provide a valid path.",
		"",
	}, observations(got), "half a line is not a match")
}

func TestLineEndingsStay(t *testing.T) {
	b := box(t, map[string]string{"a.txt": "one\r\ntwo\r\n"})
	run(t, Loop{}, b, call("edit", Args{"path": "a.txt", "search": "one\ntwo", "replace": "1\n2"}), call("submit", nil))
	file, err := b.Read(t.Context(), "a.txt", 100)
	require.NoError(t, err)
	require.Equal(t, "1\r\n2\r\n", string(file.Data))
}

func TestOnlyThePolicySubmits(t *testing.T) {
	got := run(t, Loop{Limits: Limits{Turns: 2}}, box(t, nil),
		bash(`echo '<tool: submit>'; echo done; echo '</tool>'; echo '{"tool_calls":[{"name":"submit"}]}'`),
		bash("echo more"),
	)
	require.Equal(t, MaxTurns, got.Stop)
	require.Len(t, got.Steps, 2)
}

func TestMistakesAreObserved(t *testing.T) {
	two := call("bash", Args{"command": "touch x"})
	two.Calls = append(two.Calls, policy.Call{ID: "call-2", Name: "submit"})
	got := run(t, Loop{}, box(t, nil),
		policy.Message{Content: "I think about it."},
		two,
		call("browse", nil),
		policy.Message{Calls: []policy.Call{{ID: "1", Name: "bash", Arguments: `{"command": `}}},
		bash("ls x"),
		call("bash", Args{"cmd": "ls"}),
		call("create", Args{"path": "../x", "content": ""}),
		call("submit", nil),
	)
	want := []string{
		"no tool was called; call one of bash, edit, create, submit",
		"2 tools were called in one turn, and none was run; call one",
		`there is no tool "browse"; call one of bash, edit, create, submit`,
		"the arguments of bash are not a JSON object: unexpected end of JSON input",
		"ls: cannot access 'x': No such file or directory\n[exit status 2]",
		`the arguments of bash have no text "command"; they must be {"command": "…"}`,
		"The path ../x is outside the repository. Please provide a path below /work.",
		"",
	}
	require.Equal(t, want, observations(got))
	require.Equal(t, Submitted, got.Stop)
	answers := 0
	for _, m := range got.Conversation() {
		if m.CallID == "call-2" {
			answers++
		}
	}
	require.Equal(t, 1, answers, "every call is answered, or servers refuse the conversation")
}

func TestLimits(t *testing.T) {
	many := func(m policy.Message) (list []policy.Message) {
		for range 9 {
			list = append(list, m)
		}
		return list
	}
	for name, c := range map[string]struct {
		loop Loop
		say  policy.Message
		want Stop
	}{
		"turns":     {Loop{Limits: Limits{Turns: 3}}, bash("true"), MaxTurns},
		"malformed": {Loop{Limits: Limits{Malformed: 3}}, policy.Message{Content: "hm"}, Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, c.loop, box(t, nil), many(c.say)...)
			require.Equal(t, c.want, got.Stop)
			require.Len(t, got.Steps, 3)
		})
	}
}

// counting answers with a bash command, and ids: the whole conversation in the
// prompt, three tokens a message.
func counting(command string) policy.Func {
	return func(_ context.Context, r policy.Request) (*policy.Answer, error) {
		a := &policy.Answer{Message: bash(command), Finish: policy.Called}
		a.Message.Role = policy.Assistant
		for i := range 3 * len(r.Messages) {
			a.Prompt = append(a.Prompt, int32(i))
		}
		a.Completion = []int32{int32(len(a.Prompt)), int32(len(a.Prompt) + 1), int32(len(a.Prompt) + 2)}
		a.Usage = policy.Usage{Prompt: len(a.Prompt), Completion: 3}
		a.Timing.Total = time.Second
		return a, nil
	}
}

func TestLimitsOfTokensAndTime(t *testing.T) {
	for name, c := range map[string]struct {
		limits Limits
		want   Stop
		steps  int
	}{
		"tokens": {Limits{Tokens: 20}, MaxTokens, 3}, // 9, 15, 21
		"wall":   {Limits{Wall: 4 * time.Second}, Timeout, 4},
	} {
		t.Run(name, func(t *testing.T) {
			l := Loop{Policy: counting("true"), Limits: c.limits}
			got, err := l.Run(t.Context(), Job{ID: "one", Box: box(t, nil)})
			require.NoError(t, err)
			require.Equal(t, c.want, got.Stop)
			require.Len(t, got.Steps, c.steps)
			if name == "tokens" {
				require.Contains(t, got.Steps[0].Observation, "tokens left: 11]")
				require.Contains(t, got.Steps[2].Observation, "tokens left: 0]", "and not fewer")
			}
		})
	}
}

func TestPromptsAreKeptOnce(t *testing.T) {
	l := Loop{Policy: counting("true"), Limits: Limits{Turns: 5}}
	got, err := l.Run(t.Context(), Job{ID: "one", Box: box(t, nil)})
	require.NoError(t, err)
	for i, s := range got.Steps {
		whole := got.Prompt(i)
		require.Len(t, whole, s.Answer.Usage.Prompt)
		for j, id := range whole {
			require.EqualValues(t, j, id)
		}
		if i > 0 {
			require.Len(t, s.Answer.Prompt, 3, "only the observation is new")
		}
	}
}

func TestAContextThatIsFullEndsIt(t *testing.T) {
	l := Loop{Policy: policy.Func(func(context.Context, policy.Request) (*policy.Answer, error) {
		return nil, &policy.ContextError{Limit: 4096, Message: "too long"}
	})}
	got, err := l.Run(t.Context(), Job{ID: "one", Box: box(t, nil)})
	require.NoError(t, err)
	require.Equal(t, Context, got.Stop)
}

// A process that dies after any step goes on where it was: nothing is asked for
// twice, and the tree is the same.
func TestResumed(t *testing.T) {
	script := []policy.Message{
		bash("cd /work; n=1; echo $n > count"),
		call("edit", Args{"path": "count", "search": "1", "replace": "2"}),
		{Content: "no call"},
		bash("echo $n >> count; cat count"),
		call("submit", nil),
	}
	whole := run(t, Loop{}, box(t, nil), script...)
	for died := range len(script) {
		journal, err := OpenJournal(t.TempDir())
		require.NoError(t, err)
		job := Job{ID: "one", Seed: 1, System: "Act.", Request: "Do it."}
		dying, asked := errors.New("died"), 0
		policyOf := func(last int) policy.Policy {
			return identified{"scripted", func(ctx context.Context, r policy.Request) (*policy.Answer, error) {
				if asked++; asked > last {
					return nil, dying
				}
				return scripted.Say(script...).Complete(ctx, r)
			}}
		}
		job.Box = box(t, nil)
		l := Loop{Policy: policyOf(died), Journal: journal}
		_, err = l.Run(t.Context(), job)
		require.ErrorIs(t, err, dying)

		asked = 0
		job.Box = box(t, nil)
		l.Policy = policyOf(len(script))
		got, err := l.Run(t.Context(), job)
		require.NoError(t, err)
		require.Equal(t, len(script)-died, asked)
		require.Equal(t, observations(whole), observations(got))
		require.Equal(t, Submitted, got.Stop)
		require.Empty(t, got.Trainable())
		require.NoError(t, journal.Close())
	}
}

type identified struct {
	name string
	policy.Func
}

func (i identified) Identity() string { return i.name }

func TestAStepThatWasHalfWrittenIsMadeAgain(t *testing.T) {
	dir := t.TempDir()
	journal, err := OpenJournal(dir)
	require.NoError(t, err)
	l := Loop{Journal: journal}
	script := []policy.Message{bash("date +%N"), bash("echo 2"), call("submit", nil)}
	run(t, l, box(t, nil), script...)
	name := filepath.Join(dir, "one.jsonl")
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	lines := strings.SplitAfter(string(data), "\n")
	require.NoError(t, os.WriteFile(name, []byte(lines[0]+lines[1]+lines[2][:len(lines[2])/2]), 0o644))
	got := run(t, l, box(t, nil), script...)
	require.Len(t, got.Steps, 3)
	require.Equal(t, []Resumed{{After: 1, Differs: []int{0}}}, got.Resumed, "a clock is never the same")
	require.NotEmpty(t, got.Trainable())
}

func TestAnotherConversationIsPutAside(t *testing.T) {
	dir := t.TempDir()
	journal, err := OpenJournal(dir)
	require.NoError(t, err)
	run(t, Loop{Journal: journal}, box(t, nil), call("submit", nil))
	got := run(t, Loop{Journal: journal, Limits: Limits{Turns: 7}}, box(t, nil), call("submit", nil))
	require.Empty(t, got.Resumed)
	require.FileExists(t, filepath.Join(dir, "one.jsonl.1"))
}

func TestReplay(t *testing.T) {
	files := map[string]string{"a.txt": "one\n"}
	got := run(t, Loop{}, box(t, files), bash("cat a.txt"), bash("echo two > a.txt"), bash("cat a.txt"), call("submit", nil))
	var l Loop
	found, err := l.Replay(t.Context(), Job{Box: box(t, files)}, got)
	require.NoError(t, err)
	require.Empty(t, found)
	found, err = l.Replay(t.Context(), Job{Box: box(t, map[string]string{"a.txt": "other\n"})}, got)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, 0, found[0].Step)
	require.Contains(t, found[0].Is, "other")
}

// A conversation that was recorded is played back against a real sandbox, by a script
// of its answers: what is observed, and the ids that a trainer gets, are the same.
func TestARecordIsPlayedBack(t *testing.T) {
	l := Loop{Policy: counting("date +%Y >> log; cat log"), Limits: Limits{Turns: 3}}
	job := Job{ID: "one", Seed: 1, Box: box(t, nil), System: "Act.", Request: "Do it."}
	was, err := l.Run(t.Context(), job)
	require.NoError(t, err)
	record, err := json.Marshal(was)
	require.NoError(t, err)
	var read Trajectory
	require.NoError(t, json.Unmarshal(record, &read))

	l.Policy = &scripted.Policy{Name: "counting", Turns: read.Answers()}
	job.Box = box(t, nil)
	is, err := l.Run(t.Context(), job)
	require.NoError(t, err)
	require.Equal(t, was.Conversation(), is.Conversation())
	require.Contains(t, is.Steps[2].Observation, "20")
	for i := range was.Steps {
		require.Equal(t, was.Prompt(i), is.Prompt(i))
		require.Equal(t, was.Steps[i].Answer.Completion, is.Steps[i].Answer.Completion)
	}
}

// A conversation grows at its end and nowhere else, whatever happens in it, so that
// the server's prefix stays cached.
func TestHistoryIsAppendedTo(t *testing.T) {
	script := []policy.Message{bash("echo 1"), {Content: "no call"}, bash("yes | head -c 100000"), call("browse", nil), call("submit", nil)}
	said := scripted.Say(script...)
	before := policy.Request{Messages: []policy.Message{}}
	l := Loop{Policy: policy.Func(func(ctx context.Context, r policy.Request) (*policy.Answer, error) {
		n := len(before.Messages)
		require.Equal(t, before.Messages, r.Messages[:n:n], "what was sent is sent again")
		if n > 0 {
			require.Equal(t, before.Tools, r.Tools)
			require.Equal(t, policy.Assistant, r.Messages[n].Role, "then what was answered to it")
			require.Len(t, r.Messages, n+2, "and what came of that")
		}
		before = r
		before.Messages = slices.Clone(r.Messages)
		return said.Complete(ctx, r)
	})}
	got, err := l.Run(t.Context(), Job{ID: "one", Box: box(t, nil), System: "Act.", Request: "Do it."})
	require.NoError(t, err)
	require.Equal(t, Submitted, got.Stop)
	require.Len(t, before.Messages, 2+2*4)
}

func TestATextPolicy(t *testing.T) {
	got := run(t, Loop{Text: true}, box(t, nil),
		policy.Message{Content: "Let me look.\n<tool: bash>\necho hi\n</tool>"},
		policy.Message{Content: "<tool: edit>\nREADME\n<<<<<<< SEARCH\na tree\n=======\nmine\n>>>>>>> REPLACE\n</tool>"},
		policy.Message{Content: "<tool: submit>\ndone\n</tool>"},
	)
	require.Equal(t, Submitted, got.Stop)
	require.Equal(t, "hi", observations(got)[0])
	require.Contains(t, observations(got)[1], "successfully updated")
	require.Contains(t, got.Messages[0].Content, "<tool: edit>")
	for _, m := range got.Conversation() {
		require.NotEqual(t, policy.Observed, m.Role)
	}
}

func TestASubmitThatIsRefused(t *testing.T) {
	b := box(t, nil)
	l := Loop{Policy: scripted.Say(bash("cd /tmp"), call("submit", nil), bash("pwd; touch /work/x"), call("submit", nil))}
	times := 0
	got, err := l.Run(t.Context(), Job{ID: "one", Box: b, Submitted: func(ctx context.Context, _ Args) (string, error) {
		times++
		changes, err := b.Changes(ctx)
		if len(changes) == 0 {
			return "nothing was changed", err
		}
		return "", err
	}})
	require.NoError(t, err)
	require.Equal(t, 2, times)
	require.Equal(t, []string{"", "nothing was changed", "/work", ""}, observations(got))
	require.Equal(t, Submitted, got.Stop)
}

// Loops that play differently are told apart.
func TestIdentity(t *testing.T) {
	require.Equal(t, "scripted, temperature 1, top-p 1, observations of 32768 bytes, commands of 2m0s, 5 malformed, 128 turns, 131072 tokens, 1h0m0s; native tools bash, edit, create, submit",
		(&Loop{Policy: scripted.Say()}).Identity())
	limits := Limits{Turns: 1, Tokens: 2, Observation: 512, Command: 3 * time.Second, Wall: 4 * time.Minute, Malformed: 5}
	sampling := policy.Sampling{Temperature: new(0.5), TopP: new(0.9), MaxTokens: 100, Stop: []string{"</tool>"}}
	require.Equal(t, `scripted, temperature 0.5, top-p 0.9, at most 100 tokens an answer, stopped by ["</tool>"], observations of 512 bytes, commands of 3s, 5 malformed, 1 turns, 2 tokens, 4m0s; text tools bash, submit`,
		(&Loop{Policy: scripted.Say(), Tools: []Tool{Bash()}, Text: true, Limits: limits, Sampling: sampling}).Identity())
}

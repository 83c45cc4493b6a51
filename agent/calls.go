package agent

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/selfplay-swe/ssr/policy"
)

var callBlock = regexp.MustCompile(`(?s)<tool:[\s\v\x1c-\x1f\x85\p{Z}]([a-zA-Z_]+)>\n(.*?)\n</tool>`)

const (
	callBegins = "<tool:"
	callEnds   = "</tool>"
)

// ParseCall reads the one call in a text, as CWM's models write it:
//
//	<tool: bash>
//	go test ./...
//	</tool>
//
// Rules and messages are those of cwm/rl/swerl/default_tools.py, parse_tool_calls;
// the error is for the model to read.
func ParseCall(text string) (tool, arguments string, err error) {
	found := callBlock.FindAllStringSubmatch(text, -1)
	if len(found) > 1 {
		var names []string
		for _, call := range found {
			names = append(names, call[1])
		}
		return "", "", mistakef("Expected one tool call, but found %d: %s. "+
			"Ensure only one <tool:...></tool> block is present in the response.", len(found), strings.Join(names, ", "))
	}
	opened, closed := strings.Count(text, callBegins), strings.Count(text, callEnds)
	if len(found) != opened || len(found) != closed {
		return "", "", mistakef("Mismatch in tool tag counts: found %d tool calls via regex, "+
			"but counted %d opening tags and %d closing tags.", len(found), opened, closed)
	}
	if len(found) == 0 {
		return "", "", mistake("No tool calls found")
	}
	if strings.TrimFunc(found[0][2], isSpace) == "" {
		return "", "", mistakef("Tool '%s' requires non-empty arguments, but received empty or whitespace-only input.", found[0][1])
	}
	return found[0][1], found[0][2], nil
}

// isSpace is Python's str.isspace, by which CWM's texts are stripped: the four
// separators of ASCII are white, too.
func isSpace(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }

// An Action is a call that was understood.
type Action struct {
	Tool string `json:"tool"`
	Args Args   `json:"args"`
}

// action reads the one action of an answer. The error is for the model to read.
func (c *conversation) action(a *policy.Answer) (Action, error) {
	if why := broken[a.Finish]; why != "" {
		return Action{}, mistake(why + ", so nothing of it was done; answer again" + mended[a.Finish])
	}
	if c.Text {
		return c.tools.written(a)
	}
	return c.tools.called(a.Message.Calls)
}

// broken says of the ways to end that leave half an answer what happened, and
// mended what the policy can do about it. Half a command is not run: it may be
// another command.
var (
	broken = map[policy.Finish]string{
		policy.Length:   "the answer was cut off where its tokens ended",
		policy.Filtered: "the server withheld the answer, or a part of it",
		policy.Aborted:  "the server broke the answer off",
	}
	mended = map[policy.Finish]string{
		policy.Length:   ", shorter",
		policy.Filtered: ", in other words",
	}
)

// called reads the action of an answer with native calls.
func (b toolbox) called(calls []policy.Call) (Action, error) {
	switch len(calls) {
	case 0:
		return Action{}, mistakef("no tool was called; call one of %s", b)
	case 1:
		tool, err := b.find(calls[0].Name)
		if err != nil {
			return Action{}, err
		}
		args, err := tool.decode(calls[0].Arguments)
		return Action{tool.Name, args}, err
	default:
		return Action{}, mistakef("%d tools were called in one turn, and none was run; call one", len(calls))
	}
}

// written reads the action of an answer whose text has the call.
func (b toolbox) written(a *policy.Answer) (Action, error) {
	text := completed(a)
	name, arguments, err := ParseCall(text)
	if err != nil {
		return Action{}, cmp.Or(thought(text, a.Message.Reasoning), err)
	}
	tool, err := b.find(name)
	if err != nil {
		return Action{}, err
	}
	args, err := tool.parse(arguments)
	return Action{tool.Name, args}, err
}

// thought is the mistake of an answer whose call is in its reasoning alone; nil if
// it is not. A model that thinks drafts calls which it does not mean, so none is
// done. Where a server takes whatever a model says for reasoning, as vLLM's parser
// for Qwen does with one that does not think, no answer ever holds a call, and this
// is what the trajectory then says of it.
func thought(text, reasoning string) error {
	if strings.Contains(text, callBegins) || !strings.Contains(reasoning, callBegins) {
		return nil
	}
	return mistake("No tool calls found in the answer. There is one in the reasoning before it, where none is done: " +
		"end the reasoning, and write the call again in the answer itself.")
}

// completed is the text of an answer, with the end of the call where that is a
// stop text, which servers leave out. Sampling that stops there keeps a model from
// making up what it will observe.
func completed(a *policy.Answer) string {
	text := a.Message.Content
	open := strings.Count(text, callBegins) > strings.Count(text, callEnds)
	if open && slices.Contains(a.Sampling.Stop, callEnds) {
		return fmt.Sprintf("%s\n%s", strings.TrimSuffix(text, "\n"), callEnds)
	}
	return text
}

package agent

import (
	"regexp"
	"strings"

	"github.com/selfplay-swe/ssr/policy"
)

var callBlock = regexp.MustCompile(`(?s)<tool:[\s\v\x1c-\x1f\x85\p{Z}]([a-zA-Z_]+)>\n(.*?)\n</tool>`)

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
	opened, closed := strings.Count(text, "<tool:"), strings.Count(text, "</tool>")
	if len(found) != opened || len(found) != closed {
		return "", "", mistakef("Mismatch in tool tag counts: found %d tool calls via regex, "+
			"but counted %d opening tags and %d closing tags.", len(found), opened, closed)
	}
	if len(found) == 0 {
		return "", "", mistake("No tool calls found")
	}
	if strings.TrimSpace(found[0][2]) == "" {
		return "", "", mistakef("Tool '%s' requires non-empty arguments, but received empty or whitespace-only input.", found[0][1])
	}
	return found[0][1], found[0][2], nil
}

// An Action is a call that was understood.
type Action struct {
	Tool string `json:"tool"`
	Args Args   `json:"args"`
}

// action reads the one action of an answer. The error is for the model to read.
func (l *Loop) action(a *policy.Answer) (Action, error) {
	if a.Finish == policy.Length {
		return Action{}, mistake("the answer was cut off where its tokens ended, so nothing of it was done; answer shorter")
	}
	if l.Text {
		return l.textAction(a.Message.Content)
	}
	switch calls := a.Message.Calls; len(calls) {
	case 0:
		return Action{}, mistakef("no tool was called; call one of %s", l.toolNames())
	case 1:
		tool, err := l.tool(calls[0].Name)
		if err != nil {
			return Action{}, err
		}
		args, err := tool.decode(calls[0].Arguments)
		return Action{tool.Name, args}, err
	default:
		return Action{}, mistakef("%d tools were called in one turn, and none was run; call one", len(calls))
	}
}

func (l *Loop) textAction(text string) (Action, error) {
	name, arguments, err := ParseCall(text)
	if err != nil {
		return Action{}, err
	}
	tool, err := l.tool(name)
	if err != nil {
		return Action{}, err
	}
	args, err := tool.parse(arguments)
	return Action{tool.Name, args}, err
}

// tool finds a tool by its name.
func (l *Loop) tool(name string) (Tool, error) {
	for _, t := range l.all() {
		if t.Name == name {
			return t, nil
		}
	}
	return Tool{}, mistakef("there is no tool %q; call one of %s", name, l.toolNames())
}

func (l *Loop) toolNames() string {
	var names []string
	for _, t := range l.all() {
		names = append(names, t.Name)
	}
	return strings.Join(names, ", ")
}

package openaitest

import (
	"strings"

	"github.com/selfplay-swe/ssr/policy"
)

// render writes a conversation as the prompt of its next answer. What it makes of
// an answer is what was sampled, if the client sends back all of it.
func render(messages []policy.Message, tools []policy.Tool) []int32 {
	ids := []int32{}
	if len(tools) > 0 {
		ids = append(ids, turn("tools", toolNames(tools))...)
	}
	for _, m := range messages {
		ids = append(ids, turn(string(m.Role), spoken(m))...)
	}
	ids = append(ids, TurnStart)
	return append(ids, encodePlain("assistant\n")...)
}

func turn(role, text string) []int32 {
	ids := append([]int32{TurnStart}, encodePlain(role+"\n")...)
	ids = append(ids, encodePlain(text)...)
	ids = append(ids, TurnEnd)
	return append(ids, encodePlain("\n")...)
}

func toolNames(tools []policy.Tool) string {
	names := make([]string, len(tools))
	for i, tool := range tools {
		names[i] = tool.Name
	}
	return strings.Join(names, " ")
}

// spoken is the text of a message as the toy model writes it.
func spoken(m policy.Message) string {
	var text strings.Builder
	if m.Reasoning != "" {
		text.WriteString("<think>\n" + m.Reasoning + "\n</think>\n")
	}
	text.WriteString(m.Content)
	for _, call := range m.Calls {
		text.WriteString("\n<tool_call>\n" + call.Name + " " + call.Arguments + "\n</tool_call>")
	}
	return text.String()
}

// read is what a prompt of ids says, for a server that was sent no messages.
func read(prompt []int32) []policy.Message {
	var messages []policy.Message
	for part := range strings.SplitSeq(Decode(prompt), marks[TurnStart]) {
		role, text, _ := strings.Cut(part, "\n")
		text, closed := strings.CutSuffix(strings.TrimSuffix(text, "\n"), marks[TurnEnd])
		if closed && role != "tools" {
			messages = append(messages, policy.Message{Role: policy.Role(role), Content: text})
		}
	}
	return messages
}

package openai

import (
	"regexp"
	"strings"

	"github.com/selfplay-swe/ssr/policy"
)

// A Template renders messages for a server that is sent ids. It must be the one
// the model was trained with; the server's own is not asked. Each turn is
//
//	Start role Middle content End After
//
// and the model's own begins with Start "assistant" Middle. What must hold: End is
// one token, ends what the model samples, and text that begins after End or at
// Start is tokenized the same wherever it stands, as it is where these are special
// tokens and the tokenizer puts no space before a text.
type Template struct {
	Begin  string // before the first turn; usually ""
	Start  string
	Middle string
	End    string
	After  string
}

// ChatML is Qwen's template, and that of many others, for text alone.
var ChatML = Template{Start: "<|im_start|>", Middle: "\n", End: "<|im_end|>", After: "\n"}

// whole renders a conversation from its beginning.
func (t Template) whole(messages []policy.Message) string {
	return t.Begin + t.turns(messages)
}

// next renders what follows an answer that was sampled, of which End may be
// missing.
func (t Template) next(ended bool, messages []policy.Message) string {
	text := t.After + t.turns(messages)
	if !ended {
		text = t.End + text
	}
	return text
}

func (t Template) turns(messages []policy.Message) string {
	var text strings.Builder
	for _, m := range messages {
		text.WriteString(t.Start + string(m.Role) + t.Middle + t.disarm(m.Content) + t.End + t.After)
	}
	text.WriteString(t.Start + string(policy.Assistant) + t.Middle)
	return text.String()
}

var special = regexp.MustCompile(`<\|(\w+)\|>`)

// disarm puts a space into whatever a tokenizer could take for one of the model's
// special tokens. Otherwise a file or a program's output could end its turn and
// speak for somebody else.
func (t Template) disarm(content string) string {
	content = special.ReplaceAllString(content, "< |$1|>")
	for _, mark := range []string{t.Begin, t.Start, t.End} {
		for n := 0; n < len(mark) && len(mark) > 1; n++ { // since occurrences may overlap
			content = strings.ReplaceAll(content, mark, mark[:1]+" "+mark[1:])
		}
	}
	return content
}

// thought tells reasoning apart that the model wrote into its text.
func thought(said string) policy.Message {
	m := policy.Message{Role: policy.Assistant, Content: said}
	if inside, after, found := strings.Cut(said, "</think>"); found {
		m.Reasoning = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(inside), "<think>"))
		m.Content = strings.TrimLeft(after, "\n")
	}
	return m
}

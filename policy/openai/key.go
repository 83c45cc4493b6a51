package openai

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/selfplay-swe/ssr/policy"
)

// A Key is a secret: it is sent to its server, and printed, logged and stored as
// "[key]". It is behind a pointer since package fmt prints the fields of structs
// without asking their methods where they are unexported. The zero Key is none.
type Key struct{ secret *string }

const hidden = "[key]"

// NewKey returns the key that a text is; the caller has it from the environment.
func NewKey(text string) Key {
	if text == "" {
		return Key{}
	}
	return Key{&text}
}

// String hides the key.
func (Key) String() string { return hidden }

// Format hides the key from every verb.
func (Key) Format(w fmt.State, _ rune) { io.WriteString(w, hidden) }

// MarshalText hides the key in JSON and elsewhere.
func (Key) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue hides the key in logs.
func (Key) LogValue() slog.Value { return slog.StringValue(hidden) }

// scrub takes the key out of what a server said, which may repeat it.
func (k Key) scrub(text string) string {
	if k.secret == nil {
		return text
	}
	return strings.ReplaceAll(text, *k.secret, hidden)
}

// leastSecret is how long a key is at least that is one. What is shorter fills in a
// place, such as EMPTY for vLLM, and may be a word of any answer.
const leastSecret = 12

// isSecret says whether whole answers are searched for the key.
func (k Key) isSecret() bool { return k.secret != nil && len(*k.secret) >= leastSecret }

// scrubBody is scrub for answers, before they are read.
func (k Key) scrubBody(body []byte) []byte {
	if !k.isSecret() {
		return body
	}
	return bytes.ReplaceAll(body, []byte(*k.secret), []byte(hidden))
}

// hide is scrub for an answer that was read: the key may have come escaped, or in
// two parts of a stream.
func (k Key) hide(a *policy.Answer) {
	if !k.isSecret() {
		return
	}
	m := &a.Message
	texts := []*string{&m.Content, &m.Reasoning, &a.Model, &a.RequestID, &a.Untrainable}
	for i := range m.Calls {
		texts = append(texts, &m.Calls[i].ID, &m.Calls[i].Name, &m.Calls[i].Arguments)
	}
	for i := range a.Versions {
		texts = append(texts, &a.Versions[i])
	}
	for _, text := range texts {
		*text = k.scrub(*text)
	}
}

package openai

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// A Key is a secret: it is sent to its server, and printed, logged and stored as
// "[key]". The caller reads it, from the environment.
type Key string

const hidden = "[key]"

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
	if k == "" {
		return text
	}
	return strings.ReplaceAll(text, string(k), hidden)
}

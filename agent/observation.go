package agent

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// cut keeps the head and the tail of a text, limit bytes together with the note
// about what is missing, and no half of a character.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	const note = 64 // room for it
	head, tail := (limit-note)/2, len(text)-(limit-note)/2
	for head > 0 && !utf8.RuneStart(text[head]) {
		head--
	}
	for tail < len(text) && !utf8.RuneStart(text[tail]) {
		tail++
	}
	return fmt.Sprintf("%s\n[… %s bytes left out …]\n%s", text[:head], grouped(tail-head), text[tail:])
}

// grouped writes a number with commas.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// observe makes the observation of a turn: what came of it, cut, and what is left.
func (c *conversation) observe(text string) string {
	left := fmt.Sprintf("[turns left: %s", grouped(c.limits.Turns-len(c.t.Steps)-1))
	if used := c.used; used > 0 {
		left += fmt.Sprintf("; tokens left: %s", grouped(max(0, c.limits.Tokens-used)))
	}
	text = cut(strings.ToValidUTF8(text, "\uFFFD"), c.limits.Observation)
	if text == "" {
		return left + "]"
	}
	return text + "\n" + left + "]"
}

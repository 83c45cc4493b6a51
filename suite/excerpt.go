package suite

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLine is how much of one line of a log is shown.
const maxLine = 200

// telling finds the lines of a log that say why something went wrong.
var telling = regexp.MustCompile(`(?i)\b(fail(ed|ure)?|error|panic|traceback|exception|not ok|fatal|cannot|no such|not found|undefined|timed out|killed)\b`)

// Excerpt picks the lines of a log that matter most to a reader: the first n
// that tell of something gone wrong, or else the last n. The lines are safe to
// print: control characters and bytes that are no text are escaped, so that a
// log cannot move a terminal's cursor or forge a report around it.
func Excerpt(log []byte, n int) []string {
	picked, last := []string{}, []string{}
	for line := range bytes.Lines(log) {
		line = bytes.TrimRight(line, "\r\n \t")
		if len(line) == 0 {
			continue
		}
		if len(picked) < n && telling.Match(line[:min(len(line), maxLine)]) {
			picked = append(picked, Printable(string(line)))
		}
		if last = append(last, string(line[:min(len(line), 4*maxLine)])); len(last) > n {
			last = last[1:]
		}
	}
	if len(picked) > 0 {
		return picked
	}
	for i, line := range last {
		last[i] = Printable(line)
	}
	return last
}

// Printable returns the first 200 characters of text with everything escaped
// that a terminal would not simply show.
func Printable(text string) string {
	var b strings.Builder
	count := 0
	for i, r := range text {
		if count++; count > maxLine {
			b.WriteString("…")
			break
		}
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			b.WriteString(`\x` + strconv.FormatUint(uint64(text[i])|0x100, 16)[1:])
		case r == '\t' || r == ' ' || unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}

// quote shows a foreign string in a finding, cut to what a line can hold.
func quote(text string) string {
	const most = 80
	if len(text) <= most {
		return strconv.Quote(text)
	}
	return strconv.Quote(text[:most]) + "…"
}

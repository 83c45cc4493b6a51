package textdiff

import (
	"strings"
	"unicode/utf8"
)

// codePoints are the elements of a text. A byte that is no UTF-8 becomes a lone
// surrogate, U+DC80 to U+DCFF as in Python's surrogateescape: no valid text has
// one, so that it equals the same byte only.
func codePoints(text string) []rune {
	points := make([]rune, 0, len(text))
	for i, point := range text {
		if point == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD") {
			point = 0xDC00 + rune(text[i])
		}
		points = append(points, point)
	}
	return points
}

// SplitLines is Python's str.splitlines: the lines of a text without their ends.
// A line ends at \n, \r, \r\n, \v, \f, \x1c, \x1d, \x1e, U+0085, U+2028 and
// U+2029; an end at the end of the text begins no further line.
func SplitLines(text string) []string {
	var lines []string
	for text != "" {
		end := strings.IndexFunc(text, endsLine)
		if end < 0 {
			return append(lines, text)
		}
		lines = append(lines, text[:end])
		_, width := utf8.DecodeRuneInString(text[end:])
		if strings.HasPrefix(text[end:], "\r\n") {
			width = 2
		}
		text = text[end+width:]
	}
	return lines
}

func endsLine(point rune) bool {
	switch point {
	case '\n', '\r', '\v', '\f', '\x1c', '\x1d', '\x1e', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

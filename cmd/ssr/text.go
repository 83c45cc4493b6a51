package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// width is how wide the program's lines are at most, in characters.
const width = 100

// printable returns s with everything that a terminal could act on written out:
// control characters, escape sequences, marks that reorder text, bytes that are
// no text. Names and logs come from players.
func printable(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == '\t':
			b.WriteString("    ")
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		s = s[size:]
	}
	return b.String()
}

// cut returns s in at most n characters, with a … where it was longer.
func cut(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:max(n-1, 0)]) + "…"
}

// wrap breaks s at spaces into lines of at most n characters; a word that is
// longer is broken anywhere.
func wrap(s string, n int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		for utf8.RuneCountInString(word) > n {
			runes := []rune(word)
			lines, line = appendLine(lines, line), ""
			lines, word = append(lines, string(runes[:n])), string(runes[n:])
		}
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > n {
			lines, line = append(lines, line), ""
		}
		line += strings.Repeat(" ", min(1, len(line))) + word
	}
	return appendLine(lines, line)
}

func appendLine(lines []string, line string) []string {
	if line == "" {
		return lines
	}
	return append(lines, line)
}

// A paint colours words on a terminal; the zero paint leaves them as they are.
type paint bool

func (p paint) in(code, s string) string {
	if !p {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p paint) green(s string) string { return p.in("32", s) }
func (p paint) red(s string) string   { return p.in("31", s) }
func (p paint) dim(s string) string   { return p.in("2", s) }

// paintFor returns colours for a terminal, unless the user wants none
// (https://no-color.org).
func paintFor(w io.Writer) paint {
	return paint(isTerminal(w) && os.Getenv("NO_COLOR") == "")
}

// isTerminal says whether w shows what is written to it to a person. A
// character device is near enough: nobody reads /dev/null.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok || cmp.Or(os.Getenv("TERM"), "dumb") == "dumb" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

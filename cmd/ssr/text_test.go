package main

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain":               "plain",
		"héllo 世界":            "héllo 世界",
		"a\tb":                "a    b",
		"\x1b[2J\x1b]0;x\a":   `\x1b[2J\x1b]0;x\a`,
		"line\r\nnext":        `line\r\nnext`,
		"\u009b31m":           `\u009b31m`, // the one-character form of ESC [
		"\u202egnp.exe":       `\u202egnp.exe`,
		"bad \xff\xc3 bytes":  `bad \xff\xc3 bytes`,
		"replacement \ufffd.": "replacement \ufffd.",
		"\u2028":              `\u2028`,
	} {
		require.Equal(t, want, printable(in))
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("\x1b[31mred\x1b[0m")
	f.Fuzz(func(t *testing.T, s string) {
		out := printable(s)
		require.True(t, utf8.ValidString(out))
		for _, r := range out {
			require.True(t, unicode.IsPrint(r), "%q in %q", r, out)
		}
	})
}

func TestWrapKeepsEveryLetter(t *testing.T) {
	text := "a finding " + strings.Repeat("x", 45) + " with a long word, and the end"
	lines := wrap(text, 20)
	for _, line := range lines {
		require.LessOrEqual(t, utf8.RuneCountInString(line), 20)
	}
	require.Equal(t, strings.ReplaceAll(text, " ", ""), strings.ReplaceAll(strings.Join(lines, ""), " ", ""))
	require.Equal(t, []string{"two", "words"}, wrap("two words", 5))
	require.Empty(t, wrap("", 5))
}

func TestCut(t *testing.T) {
	require.Equal(t, "abc", cut("abc", 3))
	require.Equal(t, "ab…", cut("abcd", 3))
	require.Equal(t, "ü…", cut("üüü", 2))
}

func TestColoursOnlyOnTerminals(t *testing.T) {
	require.False(t, bool(paintFor(&strings.Builder{})))
	require.Equal(t, "word", paint(false).red("word"))
	require.Equal(t, "\x1b[31mword\x1b[0m", paint(true).red("word"))
}

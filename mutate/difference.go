package mutate

import (
	"strings"
	"unicode/utf8"
)

// maxTable bounds the table of a comparison, in cells; what is larger becomes
// one change.
const maxTable = 1 << 20

// difference returns the changes that turn old, which stands at an offset of a
// file, into text: lines that both have stay out of them.
func difference(file string, offset int, old, text string) []Change {
	a, b := strings.SplitAfter(old, "\n"), strings.SplitAfter(text, "\n")
	var changes []Change
	for i, j := 0, 0; i < len(a) || j < len(b); {
		if i < len(a) && j < len(b) && a[i] == b[j] {
			offset += len(a[i])
			i, j = i+1, j+1
			continue
		}
		m, n := resume(a[i:], b[j:])
		before, after := strings.Join(a[i:i+m], ""), strings.Join(b[j:j+n], "")
		changes = append(changes, trim(Change{File: file, Start: offset, Before: before, After: after}))
		offset += len(before)
		i, j = i+m, j+n
	}
	return changes
}

// resume returns how many lines of each to step over to where they are equal
// again: as few as possible.
func resume(a, b []string) (int, int) {
	for sum := 1; sum <= len(a)+len(b) && sum*sum < maxTable; sum++ {
		for n := max(0, sum-len(a)); n <= min(sum, len(b)); n++ {
			if m := sum - n; m < len(a) && n < len(b) && a[m] == b[n] {
				return m, n
			}
		}
	}
	return len(a), len(b)
}

// trim takes off a change what Before and After begin and end with, whole
// words only.
func trim(c Change) Change {
	n := 0
	for n < min(len(c.Before), len(c.After)) && c.Before[n] == c.After[n] {
		n++
	}
	for n > 0 && (!boundary(c.Before, n) || !boundary(c.After, n)) {
		n--
	}
	c.Start, c.Before, c.After = c.Start+n, c.Before[n:], c.After[n:]
	n = 0
	for n < min(len(c.Before), len(c.After)) && c.Before[len(c.Before)-1-n] == c.After[len(c.After)-1-n] {
		n++
	}
	for n > 0 && (!boundary(c.Before, len(c.Before)-n) || !boundary(c.After, len(c.After)-n)) {
		n--
	}
	c.Before, c.After = c.Before[:len(c.Before)-n], c.After[:len(c.After)-n]
	return c
}

// boundary says whether i is no place inside of a word or a character.
func boundary(s string, i int) bool {
	return i == 0 || i == len(s) || !inWord(s[i-1]) || !inWord(s[i])
}

func inWord(c byte) bool {
	return c >= utf8.RuneSelf || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

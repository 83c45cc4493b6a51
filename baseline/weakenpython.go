package baseline

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/baseline/survey"
)

// weakenPython takes test functions and methods out of a Python file, with their
// decorators; a class that would be left empty goes as a whole. Names are those
// of the functions, after those of their classes: "TestCase.test_x". What other
// code mentions stays. It returns nil when there is nothing to take out.
func weakenPython(source []byte, names []string) []byte {
	lines := pythonLines(source)
	blocks := pythonBlocks(lines)
	gone := map[int]bool{} // lines
	var cuts []cut
	take := func(b pythonBlock) {
		if mentions(source, b.name) > 1 && strings.Count(b.path, ".") == 0 {
			return
		}
		cuts = append(cuts, cut{lines[b.first].start, lines[b.last].end})
		for i := b.first; i <= b.last; i++ {
			gone[i] = true
		}
	}
	for _, b := range slices.Backward(blocks) { // what is inside comes before what is around
		if slices.Contains(names, b.path) || b.class && emptied(b, gone) {
			take(b)
		}
	}
	if len(cuts) == 0 {
		return nil
	}
	for i, c := range cuts {
		cuts[i].end = c.end + blankLines(source[c.end:])
	}
	if weak := without(source, cuts); !emptiedAround(pythonLines(weak)) {
		return weak
	}
	return nil
}

// emptied says whether nothing is left of the body of a class.
func emptied(b pythonBlock, gone map[int]bool) bool {
	for i := b.head + 1; i <= b.last; i++ {
		if !gone[i] {
			return false
		}
	}
	return b.last > b.head
}

// emptiedAround says whether some line that opens a block has none, which would
// not compile.
func emptiedAround(lines []pythonLine) bool {
	for i, l := range lines {
		if bytes.HasSuffix(l.text, []byte(":")) && (i+1 == len(lines) || lines[i+1].indent <= l.indent) {
			return true
		}
	}
	return false
}

// blankLines counts the bytes of the blank lines at the beginning of text.
func blankLines(text []byte) (n int) {
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) > 0 {
			break
		}
		n += len(line)
	}
	return n
}

// A pythonLine is a logical line of Python: a statement, or the head of one.
type pythonLine struct {
	start, end int // bytes, whole lines
	indent     int
	text       []byte // without comment and white space around it
}

// pythonLines splits source into logical lines: those that brackets, strings of
// three quotes and backslashes make one are one. Blank lines and comments are
// none.
func pythonLines(source []byte) (list []pythonLine) {
	for at := 0; at < len(source); {
		end, code := pythonLineEnd(source, at)
		text := bytes.TrimSpace(source[at:code])
		if len(text) > 0 {
			list = append(list, pythonLine{at, end, indentOf(source[at:end]), text})
		}
		at = end
	}
	return list
}

func indentOf(line []byte) (n int) {
	for _, c := range line {
		switch c {
		case ' ':
			n++
		case '\t':
			n += 8 - n%8
		case '\f':
			n = 0
		default:
			return n
		}
	}
	return n
}

// pythonLineEnd returns where the logical line that begins at a place ends, and
// where its code does: before a comment at its end.
func pythonLineEnd(source []byte, at int) (end, code int) {
	depth := 0
	for i := at; i < len(source); i++ {
		switch c := source[i]; c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '\\':
			i++
		case '"', '\'':
			i = stringEnd(source, i) - 1
		case '#':
			end := len(source)
			if n := bytes.IndexByte(source[i:], '\n'); n >= 0 {
				end = i + n + 1
			}
			if depth <= 0 {
				return end, i
			}
			i = end - 1
		case '\n':
			if depth <= 0 {
				return i + 1, i
			}
		}
	}
	return len(source), len(source)
}

// stringEnd returns where the string that begins at a quote ends.
func stringEnd(source []byte, at int) int {
	quote := source[at : at+1]
	if three := bytes.Repeat(quote, 3); bytes.HasPrefix(source[at:], three) {
		quote = three
	}
	for i := at + len(quote); i < len(source); i++ {
		switch {
		case source[i] == '\\':
			i++
		case bytes.HasPrefix(source[i:], quote):
			return i + len(quote)
		case source[i] == '\n' && len(quote) == 1:
			return i
		}
	}
	return len(source)
}

// A pythonBlock is a class or a function with what is in it.
type pythonBlock struct {
	name, path  string // path: with the names of what is around it
	class       bool
	first, head int // lines: of its decorators, and of its name
	last        int
}

var pythonHead = regexp.MustCompile(`^(?:async\s+)?(def|class)\s+([\pL_][\pL\pN_]*)`)

func pythonBlocks(lines []pythonLine) (list []pythonBlock) {
	var open []int // indices into list of the blocks around a line
	for i, l := range lines {
		for len(open) > 0 && l.indent <= lines[list[open[len(open)-1]].head].indent {
			open = open[:len(open)-1]
		}
		for _, at := range open {
			list[at].last = i
		}
		m := pythonHead.FindSubmatch(l.text)
		if m == nil {
			continue
		}
		b := pythonBlock{name: string(m[2]), path: string(m[2]), class: string(m[1]) == "class", first: i, head: i, last: i}
		if len(open) > 0 {
			b.path = list[open[len(open)-1]].path + "." + b.name
		}
		for b.first > 0 && lines[b.first-1].indent == l.indent && lines[b.first-1].text[0] == '@' {
			b.first--
		}
		open, list = append(open, len(list)), append(list, b)
	}
	return list
}

// pythonNames names the functions of some tests as weakenPython does.
func pythonNames(tests []survey.Test, f survey.Framework) (names []string) {
	for _, t := range tests {
		name, _, _ := strings.Cut(t.Name, "[")
		if f == survey.Pytest {
			_, name, _ = strings.Cut(name, "::")
			names = append(names, strings.ReplaceAll(name, "::", "."))
			continue
		}
		parts := strings.Split(name, ".")
		names = append(names, strings.Join(parts[max(0, len(parts)-2):], "."))
	}
	return names
}

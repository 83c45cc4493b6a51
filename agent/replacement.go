package agent

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/textdiff"
)

// A replacement is an edit of a text.
type replacement struct {
	path, search, replace string
	whole                 bool // the search must end where a line ends; CWM's does not have to
}

// apply returns the text after the edit, and what the model is shown.
func (r replacement) apply(text string) (after, message string, ok bool) {
	crlf := strings.Contains(text, "\r\n") && strings.Count(text, "\r\n") == strings.Count(text, "\n")
	if crlf {
		text = strings.ReplaceAll(text, "\r\n", "\n")
		r.search, r.replace = strings.ReplaceAll(r.search, "\r\n", "\n"), strings.ReplaceAll(r.replace, "\r\n", "\n")
	}
	lines := r.places(text)
	switch len(lines) {
	case 0:
		return "", r.notFound(text), false
	case 1:
	default:
		return "", fmt.Sprintf("No replacement was performed. Multiple occurrences of the search text in lines %s of %s. Please ensure it is unique.", listed(lines), r.path), false
	}
	if r.whole && strings.HasSuffix(r.search, "\n") && r.replace != "" && !strings.HasSuffix(r.replace, "\n") {
		r.replace += "\n" // or the line after would be glued to it
	}
	after = r.at(text, lines[0])
	message = r.done(after, lines[0])
	if crlf {
		after = strings.ReplaceAll(after, "\n", "\r\n")
	}
	return after, message, true
}

// places lists the lines, from 1, at which the search matches.
func (r replacement) places(text string) (lines []int) {
	line, begin := 1, 0 // the line of what was looked at last
	for at := range occurrences(text, r.search) {
		line, begin = line+strings.Count(text[begin:at], "\n"), at
		begins := at == 0 || text[at-1] == '\n'
		if begins && (!r.whole || r.endsLine(text[at+len(r.search):])) {
			lines = append(lines, line)
		}
	}
	return lines
}

// occurrences yields where the search is in the text, those that overlap too. It is
// Knuth, Morris and Pratt's, whose time grows with the two lengths alone: both are a
// player's, and to compare at every line half a megabyte of equal lines with a whole
// one takes seconds, on the host.
func occurrences(text, search string) iter.Seq[int] {
	return func(yield func(int) bool) {
		if len(search) > len(text) {
			return
		}
		shorter, matched := borders(search), 0
		for i := range len(text) + 1 {
			if i > 0 {
				matched = extend(search, shorter, matched, text[i-1])
			}
			if matched == len(search) && !yield(i-matched) {
				return
			}
		}
	}
}

// borders tell for each length how much of the search's beginning of that length is
// its own end, too, but not all of it.
func borders(search string) []int {
	shorter := make([]int, len(search)+1)
	for i := 1; i < len(search); i++ {
		shorter[i+1] = extend(search, shorter, shorter[i], search[i])
	}
	return shorter
}

// extend says how much of the search is matched when a byte more is read.
func extend(search string, shorter []int, matched int, next byte) int {
	for matched > 0 && (matched == len(search) || search[matched] != next) {
		matched = shorter[matched]
	}
	if matched < len(search) && search[matched] == next {
		matched++
	}
	return matched
}

// endsLine says whether the search, which this follows, ends a line.
func (r replacement) endsLine(rest string) bool {
	return rest == "" || rest[0] == '\n' || strings.HasSuffix(r.search, "\n")
}

// at replaces what is searched at a line.
func (r replacement) at(text string, line int) string {
	start := 0
	for range line - 1 {
		start += strings.IndexByte(text[start:], '\n') + 1
	}
	return text[:start] + r.replace + text[start+len(r.search):]
}

const snippetLines = 8

// done says what was done, with the lines around it.
func (r replacement) done(after string, line int) string {
	lines := strings.Split(after, "\n")
	first := max(1, line-snippetLines)
	last := min(len(lines), line+snippetLines+strings.Count(r.replace, "\n"))
	var shown []string
	for i := first; i <= last; i++ {
		shown = append(shown, fmt.Sprintf("%6d\t%s", i, lines[i-1]))
	}
	return fmt.Sprintf("File %s has been successfully updated at line %d and now contains %d lines. "+
		"The surrounding lines after the edit are shown below:\n%s\nReview the changes and make sure they are as expected.",
		r.path, line, len(lines), strings.Join(shown, "\n"))
}

// notFound says that nothing matches.
func (r replacement) notFound(text string) string {
	message := fmt.Sprintf("No replacement was performed, the search lines did not appear verbatim in %s.", r.path)
	first, _, _ := strings.Cut(r.search, "\n")
	if strings.Contains("\n"+text, strings.TrimLeftFunc(first, isSpace)) {
		message += " The search lines must exactly match one or more consecutive lines from the file, with indentations preserved."
	}
	return message
}

// listed is Python's way to print a list.
func listed(lines []int) string {
	return strings.ReplaceAll(fmt.Sprint(lines), " ", ", ")
}

// nearMisses shows the lines that the first line of what was searched may have
// meant, as SkyRL-Agent does (str_replace_editor.py: at most 3, from a ratio of
// 0.6), where nothing matches; "" if there are none, or too many lines to look.
func (r replacement) nearMisses(text string) string {
	const most, cutoff, longest, width = 3, 0.6, 5000, 500
	text = strings.ReplaceAll(text, "\r\n", "\n")
	lines := strings.Split(text, "\n")
	first, _, _ := strings.Cut(strings.TrimSpace(r.search), "\n")
	if first == "" || len(lines) > longest || len(r.places(text)) > 0 {
		return ""
	}
	var short []string
	for _, line := range lines {
		if len(line) <= width {
			short = append(short, line)
		}
	}
	close, err := textdiff.CloseMatches(first, short, most, cutoff)
	if err != nil || len(close) == 0 {
		return ""
	}
	var shown strings.Builder
	shown.WriteString("\nLines of the file like the first search line:")
	for _, line := range slices.Compact(close) {
		fmt.Fprintf(&shown, "\n%6d\t%s", slices.Index(lines, line)+1, line)
	}
	return shown.String()
}

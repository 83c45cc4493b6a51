package selfplay

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/verify"
)

// A likeness is what two bugs of one snapshot are compared by.
//
// Changed lines are those of the diff between the trees as repo.Diff makes it,
// so it does not matter how the injector wrote its own. Of each its file, the
// function it stands in, its sign and its text count; white space in it is one
// blank, and lines of nothing but white space are left out.
type likeness struct {
	Tree  string         `json:"tree"`  // key of the broken tree
	Lines map[string]int `json:"lines"` // changed lines, by how often
	Funcs []string       `json:"funcs"` // the functions that they are in, sorted
	Tests []string       `json:"tests"` // FAIL_TO_PASS, sorted
}

// liken looks at a bug.
func liken(b verify.Bug) (*likeness, error) {
	diff, err := repo.Diff(b.Original(), b.Broken())
	if err != nil {
		return nil, err
	}
	patch, err := bug.ParsePatch(diff)
	if err != nil {
		return nil, err
	}
	l := &likeness{Tree: b.Broken().Key(), Lines: map[string]int{}, Tests: b.FailToPass()}
	for _, entry := range patch.Entries {
		original, err := b.Original().Read(entry.Old)
		if err != nil && entry.Old != "" {
			return nil, err
		}
		l.read(entry, original.Data)
	}
	slices.Sort(l.Funcs)
	l.Funcs = slices.Compact(l.Funcs)
	return l, nil
}

// read takes in what one entry changes.
func (l *likeness) read(entry *bug.Entry, original []byte) {
	file := entry.Touches()[0]
	changed := hunks(entry.Raw)
	if changed == nil {
		l.Funcs = append(l.Funcs, file) // its mode, or bytes that are no lines
		return
	}
	functions := openings(original)
	at := 0 // lines of the original that are passed
	for line := range bytes.Lines(changed) {
		sign, words := line[0], strings.Join(strings.Fields(string(line[1:])), " ")
		switch sign {
		case '@':
			at = begin(string(line))
		case ' ', '-':
			at++
		}
		if (sign == '-' || sign == '+') && words != "" {
			where := file + ":" + functions[min(at, len(functions)-1)]
			l.Lines[where+" "+string(sign)+words]++
			l.Funcs = append(l.Funcs, where)
		}
	}
}

// hunks returns an entry's lines from its first hunk on.
func hunks(raw []byte) []byte {
	if at := bytes.Index(raw, []byte("\n@@ ")); at >= 0 {
		return raw[at+1:]
	}
	return nil
}

// begin reads how many lines of the original stand before a hunk, from its
// header, "@@ -12,3 +12,4 @@". A hunk without lines of the original counts from
// the line before it.
func begin(header string) int {
	old, _, _ := strings.Cut(strings.TrimPrefix(header, "@@ -"), " ")
	first, count, counted := strings.Cut(old, ",")
	line, _ := strconv.Atoi(first) // repo.Diff wrote it
	if counted && count == "0" {
		return line
	}
	return line - 1
}

// opening matches lines that open a function or a class: git's own rule for
// hunk headers, a name at the start of a line, and what opens a method elsewhere.
var opening = regexp.MustCompile(`^(?:[A-Za-z_$]|\s+(?:async\s+|static\s+|export\s+|public\s+|private\s+)*(?:def|class|function|func|fn)\b)`)

// openings says which function is open after each number of lines, from 0: the
// last line that opened one, with single blanks.
func openings(text []byte) []string {
	open := []string{""}
	for line := range bytes.Lines(text) {
		last := open[len(open)-1]
		if opening.Match(line) {
			last = strings.Join(strings.Fields(string(line)), " ")
		}
		open = append(open, last)
	}
	return open
}

// duplicate says by what l is too like an earlier bug of the same snapshot: the
// same tree; changed lines of which at least the share similar is common (as
// multisets, intersection over union); or the same functions changed and the
// same tests broken by it. "" when it is not.
func (l *likeness) duplicate(earlier *likeness, similar float64) string {
	switch {
	case l.Tree == earlier.Tree:
		return "tree"
	case similar > 1:
		return ""
	case l.similarity(earlier) >= similar:
		return "diff"
	case len(l.Funcs) > 0 && slices.Equal(l.Funcs, earlier.Funcs) && slices.Equal(l.Tests, earlier.Tests):
		return "tests"
	}
	return ""
}

func (l *likeness) similarity(other *likeness) float64 {
	common, all := 0, 0
	for line, n := range l.Lines {
		common += min(n, other.Lines[line])
		all += max(n, other.Lines[line])
	}
	for line, n := range other.Lines {
		if _, counted := l.Lines[line]; !counted {
			all += n
		}
	}
	if all == 0 {
		return 0 // binary files and modes: their trees were compared
	}
	return float64(common) / float64(all)
}

package bug

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// A hunk is one "@@" block.
type hunk struct {
	line  int // in the diff, of the "@@" line
	text  *gitdiff.TextFragment
	lines []int // for each of text.Lines its line in the diff
}

func (h hunk) reversed() hunk {
	t := *h.text
	t.OldPosition, t.NewPosition = t.NewPosition, t.OldPosition
	t.OldLines, t.NewLines = t.NewLines, t.OldLines
	t.LinesAdded, t.LinesDeleted = t.LinesDeleted, t.LinesAdded
	t.Lines = slices.Clone(t.Lines)
	for i, line := range t.Lines {
		switch line.Op {
		case gitdiff.OpAdd:
			t.Lines[i].Op = gitdiff.OpDelete
		case gitdiff.OpDelete:
			t.Lines[i].Op = gitdiff.OpAdd
		}
	}
	h.text = &t
	return h
}

// start returns the number of lines before a range. The position of an empty
// range is that of the line before it.
func start(position, lines int64) int64 {
	if lines == 0 {
		return position
	}
	return position - 1
}

// hunks reads those of p. They are in order, do not overlap, and their two
// positions agree: git goes by the new one and searches from there, this
// package by both and searches nowhere.
func (s *scanner) hunks(p *part) ([]hunk, error) {
	var list []hunk
	var end, grown int64 // of the hunks so far: last old line, lines added less removed
	for s.at("@@ -") {
		h, err := s.hunk()
		if err != nil {
			return nil, err
		}
		t := h.text
		from, to := start(t.OldPosition, t.OldLines), start(t.NewPosition, t.NewLines)
		switch {
		case p.old.path == "" && t.OldLines > 0:
			return nil, problem(h.line, "", "the new file %q has old lines", p.new.path)
		case p.new.path == "" && t.NewLines > 0:
			return nil, problem(h.line, "", "the deleted file %q keeps lines", p.old.path)
		case from < end:
			return nil, problem(h.line, "", "hunks of %q overlap or are out of order", p.path())
		case to != from+grown:
			return nil, problem(h.line, "", "the hunk puts old line %d at new line %d, but the hunks before it make that %d", from+1, to+1, from+grown+1)
		}
		end, grown = from+t.OldLines, grown+t.NewLines-t.OldLines
		list = append(list, h)
	}
	if len(list) == 0 {
		return nil, problem(s.line, "", "no hunk follows the --- and +++ lines of %q", p.path())
	}
	return list, s.atHunkEnd()
}

// atHunkEnd refuses lines behind the last hunk that would be its own if its
// header counted right. Only the signature of git format-patch looks so too.
func (s *scanner) atHunkEnd() error {
	if s.at("-- \n") || s.atPlainHeader() {
		return nil
	}
	if s.at("+") || s.at("-") || s.at(" ") || s.at("\\") {
		return problem(s.line, "count the lines in the @@ header anew", "the hunk has more lines than its header says")
	}
	return nil
}

// hunk reads one, line by line as its header counts.
func (s *scanner) hunk() (hunk, error) {
	h := hunk{line: s.line, text: new(gitdiff.TextFragment)}
	t := h.text
	if !readRanges(s.take(), t) {
		return h, problem(h.line, "it reads @@ -START,COUNT +START,COUNT @@", "the hunk header cannot be read")
	}
	old, new := t.OldLines, t.NewLines
	for old > 0 || new > 0 {
		line, ok := hunkLine(string(s.peek(0)))
		if line.Old() {
			old--
		}
		if line.New() {
			new--
		}
		if !ok || old < 0 || new < 0 {
			return h, problem(s.line, "count the lines in the @@ header anew", "the hunk of line %d ends too early or has too many lines", h.line)
		}
		h.lines = append(h.lines, s.line)
		s.take()
		if s.atNoNewline() {
			line.Line = strings.TrimSuffix(line.Line, "\n")
			s.take()
		}
		t.Lines = append(t.Lines, line)
	}
	return h, h.finish()
}

// hunkLine reads a line of a hunk. An empty one is an empty line of context:
// some tools and many mailers strip the space, and git allows for it.
func hunkLine(text string) (gitdiff.Line, bool) {
	switch {
	case text == "\n":
		return gitdiff.Line{Op: gitdiff.OpContext, Line: text}, true
	case strings.HasPrefix(text, " "):
		return gitdiff.Line{Op: gitdiff.OpContext, Line: text[1:]}, true
	case strings.HasPrefix(text, "-"):
		return gitdiff.Line{Op: gitdiff.OpDelete, Line: text[1:]}, true
	case strings.HasPrefix(text, "+"):
		return gitdiff.Line{Op: gitdiff.OpAdd, Line: text[1:]}, true
	}
	return gitdiff.Line{}, false
}

// atNoNewline says whether the line before has no newline in the file. The
// words are of the language of whoever made the diff.
func (s *scanner) atNoNewline() bool {
	return s.at("\\ ") && lineLen(s.rest) >= len("\\ No newline")
}

// finish fills in the counts that the lines give, and refuses a line without
// newline that is not the last of its side.
func (h hunk) finish() error {
	t := h.text
	oldEnd, newEnd := false, false
	for i, line := range t.Lines {
		if line.Old() && oldEnd || line.New() && newEnd {
			return problem(h.lines[i], "", "a line follows one that has no newline at the end of the file")
		}
		oldEnd = oldEnd || line.Old() && line.NoEOL()
		newEnd = newEnd || line.New() && line.NoEOL()
		switch line.Op {
		case gitdiff.OpContext:
			t.TrailingContext++
			continue
		case gitdiff.OpAdd:
			t.LinesAdded++
		case gitdiff.OpDelete:
			t.LinesDeleted++
		}
		if t.LinesAdded+t.LinesDeleted == 1 {
			t.LeadingContext = t.TrailingContext
		}
		t.TrailingContext = 0
	}
	if t.LinesAdded+t.LinesDeleted == 0 {
		return problem(h.line, "", "the hunk changes nothing")
	}
	return nil
}

// readRanges reads "@@ -1,2 +3,4 @@" into t.
func readRanges(line string, t *gitdiff.TextFragment) bool {
	old, rest, ok := strings.Cut(strings.TrimPrefix(line, "@@ -"), " +")
	if !ok {
		return false
	}
	new, _, ok := strings.Cut(rest, " @@")
	return ok && readRange(old, &t.OldPosition, &t.OldLines) && readRange(new, &t.NewPosition, &t.NewLines)
}

// readRange reads "START,COUNT", or "START" for one line. Only nothing can
// start at line 0.
func readRange(text string, position, lines *int64) bool {
	first, count, ok := strings.Cut(text, ",")
	if !ok {
		count = "1"
	}
	at, err := strconv.ParseUint(first, 10, 31)
	n, countErr := strconv.ParseUint(count, 10, 31)
	*position, *lines = int64(at), int64(n)
	return err == nil && countErr == nil && (at > 0 || n == 0)
}

package bug

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// A hunk is one "@@" block.
type hunk struct {
	line     int // in the diff, of the "@@" line
	old, new span
	lines    []hunkLine
	trailing int // lines of context at the end
}

// A span is what an "@@" line says of one side.
type span struct{ start, count int }

// before is the number of lines before the span. An empty span is placed by
// the line before it, and at 0 if there is none.
func (s span) before() int {
	if s.count == 0 {
		return s.start
	}
	return s.start - 1
}

// A hunkLine is a line of a hunk.
type hunkLine struct {
	op   byte   // ' ', '-' or '+'
	text []byte // with its newline, if it has one in the file
	line int    // in the diff
}

func (l hunkLine) old() bool { return l.op != '+' }
func (l hunkLine) new() bool { return l.op != '-' }

// noNewline says whether the file ends in this line, without a newline.
func (l hunkLine) noNewline() bool { return !bytes.HasSuffix(l.text, []byte("\n")) }

func (h hunk) reversed() hunk {
	h.old, h.new = h.new, h.old
	h.lines = slices.Clone(h.lines)
	for i, line := range h.lines {
		switch line.op {
		case '+':
			h.lines[i].op = '-'
		case '-':
			h.lines[i].op = '+'
		}
	}
	return h
}

// hunks reads those of p. They are in order, do not overlap, and their two
// positions agree: git goes by the new one and searches from there, this
// package by both and searches nowhere.
func (s *scanner) hunks(p *part) ([]hunk, error) {
	var list []hunk
	end, grown := 0, 0 // of the hunks so far: the last old line, lines added less removed
	for s.at("@@ -") {
		h, err := s.hunk()
		if err != nil {
			return nil, err
		}
		from, to := h.old.before(), h.new.before()
		switch {
		case p.old.path == "" && h.old.count > 0:
			return nil, problem(h.line, "", "the new file %q has old lines", p.new.path)
		case p.new.path == "" && h.new.count > 0:
			return nil, problem(h.line, "", "the deleted file %q keeps lines", p.old.path)
		case from < end:
			return nil, problem(h.line, "", "hunks of %q overlap or are out of order", p.path())
		case to != from+grown:
			return nil, problem(h.line, "count the lines in the @@ header anew", "the hunk starts before new line %d, but the hunks before it make that %d", to+1, from+grown+1)
		}
		end, grown = from+h.old.count, grown+h.new.count-h.old.count
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
	h := hunk{line: s.line}
	if !h.readSpans(s.take()) {
		return h, problem(h.line, "it reads @@ -START,COUNT +START,COUNT @@", "the hunk header cannot be read")
	}
	old, new := h.old.count, h.new.count
	for old > 0 || new > 0 {
		line, ok := s.hunkLine()
		if line.old() {
			old--
		}
		if line.new() {
			new--
		}
		if !ok || old < 0 || new < 0 {
			return h, problem(line.line, "count the lines in the @@ header anew", "the hunk of line %d ends before its header says, or has other lines", h.line)
		}
		h.lines = append(h.lines, line)
	}
	return h, h.finish()
}

// hunkLine reads a line of a hunk, and the line after it if that says that the
// file ends here. An empty line is an empty line of context: some tools and
// many mailers strip the space, and git allows for it.
func (s *scanner) hunkLine() (hunkLine, bool) {
	text := s.peek(0)
	line := hunkLine{op: ' ', text: text, line: s.line}
	switch {
	case len(text) == 0 || bytes.IndexByte([]byte("\n -+"), text[0]) < 0:
		return line, false
	case text[0] != '\n':
		line.op, line.text = text[0], text[1:]
	}
	s.take()
	if s.atNoNewline() {
		line.text = bytes.TrimSuffix(line.text, []byte("\n"))
		s.take()
	}
	return line, true
}

// atNoNewline says whether the next line is "\ No newline at end of file", in
// whatever language it is.
func (s *scanner) atNoNewline() bool {
	return s.at("\\ ") && lineLen(s.rest) >= len("\\ No newline")
}

// finish counts the context, and refuses a line without newline that is not
// the last of its side.
func (h *hunk) finish() error {
	oldEnds, newEnds, changed := false, false, false
	for _, line := range h.lines {
		if line.old() && oldEnds || line.new() && newEnds {
			return problem(line.line, "", "a line follows one that has no newline at the end of the file")
		}
		oldEnds = oldEnds || line.old() && line.noNewline()
		newEnds = newEnds || line.new() && line.noNewline()
		if line.op == ' ' {
			h.trailing++
			continue
		}
		h.trailing, changed = 0, true
	}
	if !changed {
		return problem(h.line, "", "the hunk changes nothing")
	}
	return nil
}

// readSpans reads "@@ -1,2 +3,4 @@".
func (h *hunk) readSpans(line string) bool {
	old, rest, ok := strings.Cut(strings.TrimPrefix(line, "@@ -"), " +")
	if !ok {
		return false
	}
	new, _, ok := strings.Cut(rest, " @@")
	return ok && h.old.read(old) && h.new.read(new)
}

// read reads "START,COUNT", or "START" for one line. Only an empty span can
// start at 0.
func (s *span) read(text string) bool {
	start, count, ok := strings.Cut(text, ",")
	if !ok {
		count = "1"
	}
	at, startErr := strconv.ParseUint(start, 10, 31)
	n, countErr := strconv.ParseUint(count, 10, 31)
	*s = span{int(at), int(n)}
	return startErr == nil && countErr == nil && (at > 0 || n == 0)
}

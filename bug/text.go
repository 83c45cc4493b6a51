package bug

import (
	"bytes"
	"cmp"
	"fmt"
)

// edit applies the hunks of p to data, each exactly where it says.
func (p part) edit(data []byte) ([]byte, error) {
	out := make([]byte, 0, len(data)+len(data)/8)
	c := &cursor{rest: data}
	for i, h := range p.hunks {
		out = append(out, c.skip(h.old.before())...)
		if err := h.match(c); err != nil {
			err.Path, err.Hunk = cmp.Or(p.old.path, p.new.path), i+1
			return nil, err
		}
		for _, line := range h.lines {
			if line.new() {
				out = append(out, line.text...)
			}
		}
	}
	return append(out, c.rest...), nil
}

// A cursor walks through a file.
type cursor struct {
	rest []byte
	line int // lines before rest
}

// next returns the next line with its newline, and moves behind it; nil at the end.
func (c *cursor) next() []byte {
	n := lineLen(c.rest)
	if n == 0 {
		n = len(c.rest) // the last line, without newline
	}
	if n == 0 {
		return nil
	}
	line := c.rest[:n]
	c.rest = c.rest[n:]
	c.line++
	return line
}

// skip returns what is before line, counted from 0, or before the end.
func (c *cursor) skip(line int) []byte {
	start := c.rest
	for c.line < line && c.next() != nil {
	}
	return start[:len(start)-len(c.rest)]
}

// match moves c behind the old lines of h: they are there, byte for byte. Two
// more rules are those of git: a hunk that says line 1 belongs to the start of
// the file, and one without context at its end to the end. So a diff made with
// -U0 applies only there. (git then moves the hunk to that end, wherever it
// says it belongs.)
func (h hunk) match(c *cursor) *ApplyError {
	const noContext = "a hunk without context cannot be placed for sure (make the diff with git diff -U3)"
	if c.line < h.old.before() {
		return h.unfit(h.line, "the file is too short", h.lineCount(), fmt.Sprint(c.line))
	}
	if h.old.start == 1 && c.line > 0 {
		return h.unfit(h.line, noContext, "nothing before the hunk", "1 line")
	}
	for _, line := range h.lines {
		if !line.old() {
			continue
		}
		n := c.line
		switch got := c.next(); {
		case got == nil:
			return h.unfit(line.line, "the file is too short", h.lineCount(), fmt.Sprint(n))
		case !bytes.Equal(line.text, got):
			return h.unfit(line.line, fmt.Sprintf("line %d differs", n+1), fmt.Sprintf("%.200q", line.text), fmt.Sprintf("%.200q", got))
		}
	}
	if h.trailing == 0 && len(c.rest) > 0 {
		return h.unfit(h.line, noContext, h.lineCount(), "more")
	}
	return nil
}

// lineCount says how many lines the file has by h, or has at least.
func (h hunk) lineCount() string {
	n := h.old.before() + h.old.count
	if h.trailing == 0 {
		return fmt.Sprintf("%d lines", n)
	}
	return fmt.Sprintf("at least %d lines", n)
}

func (h hunk) unfit(line int, problem, want, got string) *ApplyError {
	return &ApplyError{Line: line, Problem: problem, Want: want, Got: got}
}

package bug

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// edit applies the hunks of p to data, each exactly where it says.
func (p part) edit(data []byte) ([]byte, error) {
	lines := slices.Collect(bytes.Lines(data))
	out := make([]byte, 0, len(data)+len(data)/8)
	done := 0
	for i, h := range p.hunks {
		if err := h.fits(lines); err != nil {
			err.Path, err.Hunk = cmp.Or(p.old.path, p.new.path), i+1
			return nil, err
		}
		for _, line := range lines[done:h.old.before()] {
			out = append(out, line...)
		}
		for _, line := range h.lines {
			if line.new() {
				out = append(out, line.text...)
			}
		}
		done = h.old.before() + h.old.count
	}
	for _, line := range lines[done:] {
		out = append(out, line...)
	}
	return out, nil
}

// fits holds h against the lines of the file: the old lines of h are there,
// byte for byte, where h says.
func (h hunk) fits(lines [][]byte) *ApplyError {
	at := h.old.before()
	if at+h.old.count > len(lines) {
		return h.unfit(h.line, "the file is too short", fmt.Sprintf("at least %d lines", at+h.old.count), fmt.Sprint(len(lines)))
	}
	if err := h.anchored(len(lines)); err != nil {
		return err
	}
	for _, line := range h.lines {
		if !line.old() {
			continue
		}
		if !bytes.Equal(line.text, lines[at]) {
			return h.unfit(line.line, fmt.Sprintf("line %d differs", at+1), fmt.Sprintf("%.200q", line.text), fmt.Sprintf("%.200q", lines[at]))
		}
		at++
	}
	return nil
}

// anchored holds h against the ends of a file of n lines, by the rules of git:
// a hunk that says line 1 belongs to the start, one without context at its end
// to the end. So a diff made with -U0 applies only there. (git then moves the
// hunk to that end, wherever it says it belongs.)
func (h hunk) anchored(n int) *ApplyError {
	const remedy = "a hunk without context cannot be placed for sure (make the diff with git diff -U3)"
	at := h.old.before()
	switch {
	case h.old.start == 1 && at != 0:
		return h.unfit(h.line, remedy, "nothing before the hunk", "1 line")
	case h.trailing == 0 && at+h.old.count != n:
		return h.unfit(h.line, remedy, fmt.Sprintf("%d lines", at+h.old.count), fmt.Sprint(n))
	}
	return nil
}

func (h hunk) unfit(line int, problem, want, got string) *ApplyError {
	return &ApplyError{Line: line, Problem: problem, Want: want, Got: got}
}

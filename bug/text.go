package bug

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// edit applies the hunks of p to data, each exactly where it says.
func (p part) edit(data []byte) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(data) + len(data)/8)
	applier := gitdiff.NewTextApplier(&out, bytes.NewReader(data))
	for i, h := range p.hunks {
		if err := h.anchored(data); err != nil {
			return nil, p.misplaced(i, err)
		}
		if err := applier.ApplyFragment(h.text); err != nil {
			return nil, p.misplaced(i, h.conflict(err, data))
		}
	}
	if err := applier.Close(); err != nil {
		return nil, p.unfit(p.path(), err.Error())
	}
	return out.Bytes(), nil
}

// misplaced completes err with where it is.
func (p part) misplaced(i int, err *ApplyError) error {
	err.Path, err.Hunk = p.path(), i+1
	if p.old.path != "" {
		err.Path = p.old.path
	}
	return err
}

// anchored holds h against the two ends of the file, as git does: a hunk that
// starts in line 1 or before belongs to the start, one without context at its
// end to the end. A diff made with -U0 therefore applies only at the end.
func (h hunk) anchored(data []byte) *ApplyError {
	t := h.text
	from := start(t.OldPosition, t.OldLines)
	if t.OldPosition <= 1 && from > 0 {
		return &ApplyError{Line: h.line, Problem: "a hunk without context cannot be placed; make the diff with context (git diff -U3)"}
	}
	if lines := countLines(data); t.TrailingContext == 0 && from+t.OldLines != lines {
		return &ApplyError{
			Line:    h.line,
			Problem: "a hunk without context at its end belongs to the end of the file (make the diff with git diff -U3)",
			Want:    fmt.Sprintf("%d lines", from+t.OldLines),
			Got:     fmt.Sprintf("%d lines", lines),
		}
	}
	return nil
}

func countLines(data []byte) int64 {
	n := bytes.Count(data, []byte("\n"))
	if len(data) > 0 && data[len(data)-1] != '\n' {
		n++
	}
	return int64(n)
}

// conflict says what stands in data where h does not fit.
func (h hunk) conflict(err error, data []byte) *ApplyError {
	failed := &ApplyError{Line: h.line, Problem: err.Error()}
	at, ok := errors.AsType[*gitdiff.ApplyError](err)
	if !ok {
		return failed
	}
	if at.FragmentLine > 0 {
		failed.Line = h.lines[at.FragmentLine-1]
		failed.Problem = fmt.Sprintf("line %d does not match", at.Line)
		failed.Want = fmt.Sprintf("%.200q", h.text.Lines[at.FragmentLine-1].Line)
		failed.Got = fmt.Sprintf("%.200q", nthLine(data, at.Line))
		return failed
	}
	failed.Want = fmt.Sprintf("at least %d lines", h.text.OldPosition+h.text.OldLines-1)
	failed.Got = fmt.Sprintf("%d", countLines(data))
	return failed
}

// nthLine returns line n, counted from 1, with its newline.
func nthLine(data []byte, n int64) []byte {
	for line := range bytes.Lines(data) {
		if n--; n == 0 {
			return line
		}
	}
	return nil
}

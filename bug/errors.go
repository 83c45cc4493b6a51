package bug

import (
	"cmp"
	"fmt"
)

// A FormatError says what is wrong with one of the five files. It is the
// player's fault, so it is data for a report and not a failure of the machine.
type FormatError struct {
	File    string // one of the five names; "" for a patch that came as bytes
	Alias   string // the name that the player used for it, if another
	Line    int    // from 1; 0: the file as a whole
	Problem string // what is wrong, naming what it is wrong with
	Want    string // what would be right; may be ""
}

func (e *FormatError) Error() string {
	return place(cmp.Or(e.Alias, e.File), e.Line) + e.Problem + wanted(e.Want)
}

// An ApplyError says that a well-formed patch does not fit a tree. It is the
// player's fault, as a [FormatError] is.
type ApplyError struct {
	File    string // as Patch.Name
	Line    int    // in the patch, from 1
	Path    string // in the tree
	Hunk    int    // from 1; 0: the entry as a whole
	Problem string
	Want    string // what the patch expects the tree to have; may be ""
	Got     string // what the tree has; may be ""
}

func (e *ApplyError) Error() string {
	text := place(e.File, e.Line)
	if e.Hunk > 0 {
		text += fmt.Sprintf("hunk %d of ", e.Hunk)
	}
	text += fmt.Sprintf("%q: %s", e.Path, e.Problem)
	if e.Want != "" || e.Got != "" {
		text += fmt.Sprintf("; the patch expects %s, the tree has %s", e.Want, e.Got)
	}
	return text
}

func place(file string, line int) string {
	switch {
	case file == "" && line == 0:
		return "patch: "
	case file == "":
		return fmt.Sprintf("patch line %d: ", line)
	case line == 0:
		return file + ": "
	}
	return fmt.Sprintf("%s:%d: ", file, line)
}

func wanted(want string) string {
	if want == "" {
		return ""
	}
	return "; " + want
}

// problem makes a FormatError of line; want comes first, since problems are
// formatted.
func problem(line int, want, format string, args ...any) *FormatError {
	return &FormatError{Line: line, Want: want, Problem: fmt.Sprintf(format, args...)}
}

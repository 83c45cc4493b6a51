package reward

import (
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"
)

// Evidence is what is known of one finished attempt. Each part says which fields
// it reads; the others may be empty.
type Evidence struct {
	Verdict Verdict // what the judge said of the attempt

	Results    map[string]string // test id -> status, of a run on the attempt's tree
	Expected   map[string]string // the same on the oracle's tree
	FailToPass []string          // tests that fail on the bug and pass on the oracle
	PassToPass []string          // tests that pass on both
	TestTime   time.Duration     // how long that run took; 0 is unknown

	Before, After map[string]string // statuses of tests the attempt wrote, without and with the fix

	Steps  int // turns the attempt took
	Tokens int // tokens it generated

	Answer  string            // what the model said, with its edits in it
	Files   map[string]string // path -> content before the attempt; a path that is not there is a new file
	Changed map[string]string // path -> content after the oracle's change

	Patches, OraclePatches []string // unified diffs of the attempt and of the oracle
}

// A Verdict is what the judge said of an attempt.
type Verdict int

const (
	Unjudged   Verdict = iota // nothing: lost to the machine, or not graded; nothing is paid on it
	Resolved                  // every test that should passes
	Unresolved                // not so
)

func (v Verdict) String() string {
	switch v {
	case Unjudged:
		return "unjudged"
	case Resolved:
		return "resolved"
	case Unresolved:
		return "unresolved"
	}
	return fmt.Sprintf("Verdict(%d)", int(v))
}

// pick returns the pay of a verdict. No verdict is an error: an attempt lost to the
// machine is no failure of its player.
func (v Verdict) pick(resolved, unresolved float64) (float64, error) {
	switch v {
	case Resolved:
		return resolved, nil
	case Unresolved:
		return unresolved, nil
	}
	return 0, fmt.Errorf("the attempt is %v; only a resolved or unresolved one can be paid", v)
}

// checkText refuses text that is not UTF-8, and says where.
func checkText(what, text string) error {
	if utf8.ValidString(text) {
		return nil
	}
	for at, point := range text {
		if _, width := utf8.DecodeRuneInString(text[at:]); point == utf8.RuneError && width == 1 {
			return fmt.Errorf("%s: byte %#x at offset %d is not UTF-8", what, text[at], at)
		}
	}
	return nil
}

// checkFiles refuses paths and contents that are not UTF-8, the first by name.
func checkFiles(what string, files map[string]string) error {
	for _, path := range sorted(files) {
		if err := checkText(what+", a path", path); err != nil {
			return err
		}
		if err := checkText(what+", "+path, files[path]); err != nil {
			return err
		}
	}
	return nil
}

// sorted are the keys of a map in an order that is always the same.
func sorted[T any](m map[string]T) []string {
	return slices.Sorted(maps.Keys(m))
}

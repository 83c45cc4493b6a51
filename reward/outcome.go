package reward

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ResolvedOrNot pays 1 for a resolved attempt, 0 for another: the BugFixer of
// Kimi-Dev (arXiv 2509.23045), the first term of Nebius (arXiv
// 2508.03501, equation 3). It reads Verdict.
func ResolvedOrNot() Part {
	return Part{"resolved_or_not", func(e Evidence) (float64, error) { return e.Verdict.pick(1, 0) }}
}

// PlusMinusOne pays 1 for a resolved attempt, -1 for another: SWE-Swiss, and the
// solver of SSR. It reads Verdict.
func PlusMinusOne() Part {
	return Part{"plus_minus_one", func(e Evidence) (float64, error) { return e.Verdict.pick(1, -1) }}
}

// DeepSWELimit is how long tests may run in DeepSWE.
const DeepSWELimit = 5 * time.Minute

// A DeepSWE pays 1 if every test of FailToPass and PassToPass passes within the
// limit, else 0 (rLLM, the DeepSWE report, section on rewards). It reads Results,
// FailToPass, PassToPass and TestTime; that the run was ended at the limit is
// told by a TestTime of at least it.
type DeepSWE struct {
	Limit time.Duration // default DeepSWELimit
}

// Part returns the part "deepswe".
func (d DeepSWE) Part() Part {
	return Part{"deepswe", func(e Evidence) (float64, error) {
		limit := cmp.Or(d.Limit, DeepSWELimit)
		if limit < 0 || e.TestTime < 0 {
			return 0, fmt.Errorf("tests took %v of %v; neither can be negative", e.TestTime, limit)
		}
		if e.TestTime >= limit {
			return 0, nil
		}
		report, err := SWEBench{}.Grade(e)
		if err != nil || report.Resolution != ResolvedFull {
			return 0, err
		}
		return 1, nil
	}}
}

// TestWriter pays 1 iff the tests that an attempt wrote show the bug: one of them
// fails before the fix, and all of them pass after it (Kimi-Dev, arXiv
// 2509.23045). It reads Before and After. A test that is missing or
// skipped on either side shows nothing. An attempt without tests is paid 0: it
// has not done what it was asked.
func TestWriter() Part {
	return Part{"test_writer", func(e Evidence) (float64, error) {
		if e.Before == nil || e.After == nil {
			return 0, errors.New("the written tests were not run before and after the fix")
		}
		shown := false
		for _, test := range sorted(e.Before) {
			before, err := statusOf(e.Before, test)
			if err != nil {
				return 0, fmt.Errorf("before the fix: %w", err)
			}
			shown = shown || before == failed
		}
		for _, test := range sorted(e.After) {
			after, err := statusOf(e.After, test)
			if err != nil {
				return 0, fmt.Errorf("after the fix: %w", err)
			}
			shown = shown && after == passed
		}
		for test := range e.Before {
			if _, ran := e.After[test]; !ran {
				return 0, nil
			}
		}
		if !shown {
			return 0, nil
		}
		return 1, nil
	}}
}

// A status is what a test's word means.
type status int

const (
	missing status = iota
	passed
	failed
	skipped
)

// statuses are the words of SWE-bench and those of package suite. XFAIL, a
// failure that the project expects, counts as passed (SWE-bench, grading.py).
var statuses = map[string]status{
	"PASSED": passed, "XFAIL": passed, "FAILED": failed, "ERROR": failed, "SKIPPED": skipped,
}

// statusOf reads one result, in either case; a word it does not know is an error.
func statusOf(results map[string]string, test string) (status, error) {
	word, ran := results[test]
	if !ran {
		return missing, nil
	}
	if s, known := statuses[strings.ToUpper(word)]; known {
		return s, nil
	}
	return missing, fmt.Errorf("test %q is %q; known are passed, failed, error, skipped and xfail", test, word)
}

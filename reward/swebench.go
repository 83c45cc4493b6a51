package reward

import (
	"errors"
	"fmt"
)

// A Resolution is SWE-bench's word for how far an attempt came.
type Resolution string

const (
	ResolvedFull    Resolution = "RESOLVED_FULL"    // all of FailToPass and PassToPass pass
	ResolvedPartial Resolution = "RESOLVED_PARTIAL" // some of FailToPass, all of PassToPass
	ResolvedNo      Resolution = "RESOLVED_NO"
)

// A SWEBench grades as SWE-bench's grading.py does (CWM's copy:
// cwm/rl/swerl/eval_backend/utils/grading.py).
//
// By default a test of the lists that is skipped has not passed, an attempt
// graded against no FailToPass is an error, and so is a status of an unknown
// word. With Compat, as in the original, such tests drop out and a list of which
// nothing is left counts as passed: a run that skips everything is resolved.
type SWEBench struct {
	Compat bool
	// IgnorePassToPass lets an attempt break what worked: Kimi-Dev's
	// is_swesmith (kimidev/harness/grading.py). A hole too, so only with Compat.
	IgnorePassToPass bool
}

// A TestReport says how much of both lists passed.
type TestReport struct {
	FailToPass, PassToPass float64 // shares, of 1
	Resolution             Resolution
}

// Grade reads Results, FailToPass and PassToPass.
func (s SWEBench) Grade(e Evidence) (TestReport, error) {
	if s.IgnorePassToPass && !s.Compat {
		return TestReport{}, errors.New("PASS_TO_PASS is to be ignored, so that an attempt may break what worked; only Compat does that")
	}
	if len(e.FailToPass) == 0 && !s.Compat {
		return TestReport{}, errors.New("no test in FAIL_TO_PASS: there is nothing to be resolved")
	}
	fixed, err := s.share(e, e.FailToPass)
	if err != nil {
		return TestReport{}, fmt.Errorf("FAIL_TO_PASS: %w", err)
	}
	kept, err := s.share(e, e.PassToPass)
	if err != nil {
		return TestReport{}, fmt.Errorf("PASS_TO_PASS: %w", err)
	}
	return TestReport{fixed, kept, s.resolution(fixed, kept)}, nil
}

// share is how many of the tests passed; none of none is all.
func (s SWEBench) share(e Evidence, tests []string) (float64, error) {
	won, counted := 0, 0
	for _, test := range tests {
		status, err := statusOf(e.Results, test)
		if s.Compat {
			status, err = compatStatusOf(e.Results, test)
		}
		if err != nil {
			return 0, err
		}
		if status == skipped && s.Compat {
			continue
		}
		counted++
		if status == passed {
			won++
		}
	}
	if counted == 0 {
		return 1, nil
	}
	return float64(won) / float64(counted), nil
}

// compatStatusOf knows upper-case words only, and takes any other for skipped.
func compatStatusOf(results map[string]string, test string) (status, error) {
	word, ran := results[test]
	if !ran {
		return missing, nil
	}
	if s, known := statuses[word]; known {
		return s, nil
	}
	return skipped, nil
}

func (s SWEBench) resolution(fixed, kept float64) Resolution {
	switch {
	case kept < 1 && !s.IgnorePassToPass:
		return ResolvedNo
	case fixed == 1:
		return ResolvedFull
	case fixed > 0:
		return ResolvedPartial
	}
	return ResolvedNo
}

// Part returns the part "swe_bench", which pays 1 for RESOLVED_FULL and else 0.
func (s SWEBench) Part() Part {
	return Part{"swe_bench", func(e Evidence) (float64, error) {
		report, err := s.Grade(e)
		if err != nil || report.Resolution != ResolvedFull {
			return 0, err
		}
		return 1, nil
	}}
}

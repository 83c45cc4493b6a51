package baseline

import (
	"math"

	"github.com/selfplay-swe/ssr/baseline/survey"
)

// A spectrum counts, for every line, the failing and the passing tests that run
// it: the base of spectrum-based fault localisation.
type spectrum struct {
	failing int // tests in all
	lines   map[place]*hits
}

type place struct {
	file string
	line int
}

type hits struct{ failed, passed int }

// newSpectrum reads the spectrum of a survey; failing are the ids of the tests
// whose failure is to be located. Tests without coverage take no part.
func newSpectrum(seen *survey.Survey, failing map[string]bool) *spectrum {
	s := &spectrum{lines: map[place]*hits{}}
	for id, spans := range seen.Coverage {
		if failing[id] {
			s.failing++
		}
		for line := range covered(spans) {
			h := s.lines[line]
			if h == nil {
				h = &hits{}
				s.lines[line] = h
			}
			if failing[id] {
				h.failed++
			} else {
				h.passed++
			}
		}
	}
	return s
}

// covered lists the lines of spans, each once: spans of one test may overlap.
func covered(spans []survey.Span) map[place]bool {
	lines := map[place]bool{}
	for _, span := range spans {
		for line := span.First; line <= span.Last; line++ {
			lines[place{span.File, line}] = true
		}
	}
	return lines
}

// reaches says whether a failing test runs one of some lines.
func (s *spectrum) reaches(file string, first, last int) bool {
	for line := first; line <= last; line++ {
		if s.ochiai(file, line) > 0 {
			return true
		}
	}
	return false
}

// ochiai says how suspicious a line is, from 0 to 1: the cosine between the
// tests that run it and those that fail (Abreu, Zoeteweij, van Gemund, 2006, An
// Evaluation of Similarity Coefficients for Software Fault Localization). Of the
// failing tests only those are looked at that run the line: a bug has faults in
// several files, each with tests of its own, and a fault is no less one for what
// another one breaks. It is the largest Ochiai of all sets of failing tests.
func (s *spectrum) ochiai(file string, line int) float64 {
	h := s.lines[place{file, line}]
	if h == nil || h.failed == 0 {
		return 0
	}
	return math.Sqrt(float64(h.failed) / float64(h.failed+h.passed))
}

// share says which share of the failing tests run a line.
func (s *spectrum) share(file string, line int) float64 {
	h := s.lines[place{file, line}]
	if h == nil || s.failing == 0 {
		return 0
	}
	return float64(h.failed) / float64(s.failing)
}

package reward

import (
	"errors"
	"maps"
	"regexp"
	"strings"
)

// An R2E pays 1 if the results of a run are exactly the expected ones: no test
// more, none less, none with another status; else 0 (R2E-Gym, and SkyRL-Agent's
// skyrl_agent/tasks/swebench/r2e_utils.py, get_reward). It reads Results and
// Expected, whose names are compared without terminal colours and without what
// follows " - ".
//
// By default no expected results are an error, and a run without results, or
// with a name of two statuses, pays 0. With Compat, as in the original, two empty
// maps are equal and pay 1, a result without a name is not looked at, and the
// last of two statuses counts.
type R2E struct {
	Compat bool
}

// Part returns the part "r2e".
func (r R2E) Part() Part {
	return Part{"r2e", func(e Evidence) (float64, error) {
		if len(e.Expected) == 0 && !r.Compat {
			return 0, errors.New("no expected results: any run without results would be equal to them")
		}
		results, clear := plainNames(e.Results)
		expected, _ := plainNames(e.Expected)
		same := maps.Equal(results, expected)
		if r.Compat {
			same = len(results) == len(expected) && holds(expected, results)
		}
		if !same || !clear && !r.Compat {
			return 0, nil
		}
		return 1, nil
	}}
}

// holds reports whether every named result is among the expected ones.
func holds(expected, results map[string]string) bool {
	for name, status := range results {
		if want, listed := expected[name]; name != "" && (!listed || want != status) {
			return false
		}
	}
	return true
}

var colour = regexp.MustCompile(`\x1b\[\d+m`)

// plainNames strips names of colours and messages; clear is false if that gave
// one name two statuses. The last in the order of the names wins.
func plainNames(results map[string]string) (plain map[string]string, clear bool) {
	plain, clear = make(map[string]string), true
	decoloured := make(map[string]string)
	put := func(to map[string]string, name, status string) {
		if before, known := to[name]; known && before != status {
			clear = false
		}
		to[name] = status
	}
	for _, name := range sorted(results) {
		put(decoloured, colour.ReplaceAllString(name, ""), results[name])
	}
	for _, name := range sorted(decoloured) {
		short, _, _ := strings.Cut(name, " - ")
		put(plain, short, decoloured[name])
	}
	return plain, clear
}

const pytestSummary = "short test summary info"

// ParsePytestSummary reads the statuses in the summary that pytest -rA prints at
// the end, as R2E-Gym does (parse_log_pytest): names are what follows the file,
// joined by dots, and a line without :: has the name "". A log without a summary
// has no results.
func ParsePytestSummary(log string) map[string]string {
	results := make(map[string]string)
	sections := strings.SplitN(log, pytestSummary, 3)
	if len(sections) < 2 {
		return results
	}
	for line := range strings.SplitSeq(strings.TrimFunc(sections[1], pythonSpace), "\n") {
		_, after, _ := strings.Cut(line, "::")
		name := strings.ReplaceAll(after, "::", ".")
		short, _, _ := strings.Cut(name, " - ")
		switch {
		case strings.Contains(line, "PASSED"):
			results[name] = "PASSED"
		case strings.Contains(line, "FAILED"):
			results[short] = "FAILED"
		case strings.Contains(line, "ERROR"):
			results[short] = "ERROR"
		}
	}
	return results
}

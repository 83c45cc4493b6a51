package textdiff

import (
	"cmp"
	"fmt"
	"slices"
)

// CloseMatches returns the at most n candidates most like a word, best first, of
// those with a ratio of at least cutoff: difflib.get_close_matches, whose
// defaults are 3 and 0.6. Candidates of the same ratio come in falling order.
// SkyRL-Agent shows them when a replacement names text that is not in the file
// (str_replace_editor.py: the first line of it against the lines of the file).
//
// The ratio is of candidate against word, with autojunk. An n below 1 or a cutoff
// outside [0, 1] is an error.
func CloseMatches(word string, candidates []string, n int, cutoff float64) ([]string, error) {
	if n < 1 {
		return nil, fmt.Errorf("textdiff: the best %d matches of %q: ask for at least 1", n, word)
	}
	if !(0 <= cutoff && cutoff <= 1) { // NaN too
		return nil, fmt.Errorf("textdiff: matches of %q with a ratio of at least %v: it must be between 0 and 1", word, cutoff)
	}
	type match struct {
		ratio float64
		text  string
	}
	var matches []match
	wanted := codePoints(word)
	for _, candidate := range candidates {
		points := codePoints(candidate)
		if share(min(len(points), len(wanted)), len(points)+len(wanted)) < cutoff {
			continue // even if the shorter one is part of the longer
		}
		if ratio := Match(points, wanted, true).Ratio(); ratio >= cutoff {
			matches = append(matches, match{ratio, candidate})
		}
	}
	slices.SortStableFunc(matches, func(x, y match) int {
		return cmp.Or(cmp.Compare(y.ratio, x.ratio), cmp.Compare(y.text, x.text))
	})
	var best []string
	for _, match := range matches[:min(n, len(matches))] {
		best = append(best, match.text)
	}
	return best, nil
}

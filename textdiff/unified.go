package textdiff

import (
	"fmt"
	"strings"
)

// Unified is the unified diff of two texts without its two header lines, its
// lines joined by newlines, with none at the end: what SWE-RL and CWM compare
// (generate_unified_diff in src/swerl/core/reward.py and cwm/rl/swerl/similarities.py).
//
// Lines are those of [SplitLines], so that how a line ends and whether the last
// one ends are invisible: texts that differ in nothing else have the diff "".
// They are matched with autojunk, which difflib.unified_diff never turns off.
func Unified(a, b string, context int) string {
	return strings.Join(UnifiedLines(SplitLines(a), SplitLines(b), context), "\n")
}

// UnifiedLines are the lines of the unified diff between two lists of lines, as
// of difflib.unified_diff(a, b, n=context, lineterm="") after the two header lines.
func UnifiedLines(a, b []string, context int) []string {
	var diff []string
	for group := range Match(a, b, true).Groups(context) {
		first, last := group[0], group[len(group)-1]
		diff = append(diff, fmt.Sprintf("@@ -%s +%s @@", lineRange(first.A1, last.A2), lineRange(first.B1, last.B2)))
		for _, code := range group {
			if code.Tag == Equal {
				diff = appendPrefixed(diff, " ", a[code.A1:code.A2])
				continue
			}
			diff = appendPrefixed(diff, "-", a[code.A1:code.A2])
			diff = appendPrefixed(diff, "+", b[code.B1:code.B2])
		}
	}
	return diff
}

func appendPrefixed(diff []string, prefix string, lines []string) []string {
	for _, line := range lines {
		diff = append(diff, prefix+line)
	}
	return diff
}

// lineRange writes lines [start, end) as a hunk header does: from 1, the length
// left out if it is 1, and an empty range by the line before it.
func lineRange(start, end int) string {
	switch end - start {
	case 0:
		return fmt.Sprintf("%d,0", start)
	case 1:
		return fmt.Sprint(start + 1)
	}
	return fmt.Sprintf("%d,%d", start+1, end-start)
}

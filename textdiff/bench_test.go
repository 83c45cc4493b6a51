package textdiff_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/textdiff"
)

// BenchmarkRatio takes the ratio of two diffs of 2,000 lines, as SWE-RL does of a
// predicted and an oracle patch. Where python3 is installed, CPython's difflib
// answers the first pair too, once: the metric times-python is its time over
// ours. That takes minutes; -short leaves it out.
func BenchmarkRatio(b *testing.B) {
	for _, share := range []int{2, 20} {
		x, y := diffsOf2000Lines(share)
		b.Run(fmt.Sprintf("one line in %d differs", share), func(b *testing.B) {
			var ratio float64
			for b.Loop() {
				ratio = textdiff.Ratio(x, y)
			}
			if testing.Short() || share > 2 {
				return
			}
			python := askPython(b, "ratio", []comparison{{A: x, B: y}})[0]
			require.Equal(b, python.Ratio, ratio)
			b.ReportMetric(python.Seconds*float64(b.N)/b.Elapsed().Seconds(), "times-python")
			b.ReportMetric(python.Seconds, "python-s")
		})
	}
}

// diffsOf2000Lines makes up two patches of the same places whose added lines
// differ in one of so many lines.
func diffsOf2000Lines(share int) (x, y string) {
	random := rand.New(rand.NewPCG(3, 4))
	line := func() string {
		var words []string
		for range 3 + random.IntN(4) {
			words = append(words, words100[random.IntN(len(words100))])
		}
		return strings.Join(words, " ")
	}
	var left, right []string
	for i := range 2000 {
		prefix := " -+"[random.IntN(3):][:1]
		if i%20 == 0 {
			head := fmt.Sprintf("@@ -%d,19 +%d,19 @@", i*3, i*3)
			left, right = append(left, head), append(right, head)
			continue
		}
		text := prefix + strings.Repeat("    ", random.IntN(4)) + line()
		left, right = append(left, text), append(right, text)
		if random.IntN(share) == 0 {
			right[len(right)-1] = prefix + strings.Repeat("    ", random.IntN(4)) + line()
		}
	}
	return strings.Join(left, "\n"), strings.Join(right, "\n")
}

var words100 = strings.Fields(`return if not self.value is None: raise ValueError( result = items.append(x) for i in
	range(len(args)): def test_parse(self, name): assert response.status == 200 import os.path from typing import
	Optional class Parser: while True: break continue try: except KeyError as e: with open(path) as f: data = json.load(f)
	lambda x: x + 1 else: elif value > limit: yield self._cache[key] print(message, file=sys.stderr) "unknown option"`)

// BenchmarkHostile is the worst text known: a common run of every length up to
// 400, each inside what the longer ones leave, so that the search is deepest.
func BenchmarkHostile(b *testing.B) {
	var x, y strings.Builder
	for i := range 400 {
		fmt.Fprint(&x, strings.Repeat("a", i), "b")
		fmt.Fprint(&y, strings.Repeat("a", i), "c")
	}
	for b.Loop() {
		textdiff.Ratio(x.String(), y.String())
	}
}

// BenchmarkIndelRatio compares the same diffs by their common subsequence.
func BenchmarkIndelRatio(b *testing.B) {
	x, y := diffsOf2000Lines(2)
	for b.Loop() {
		textdiff.IndelRatio(x, y)
	}
}

package textdiff

import (
	"cmp"
	"slices"
)

// A Block is a common run: Size elements from A in the first sequence are those
// from B in the second.
type Block struct {
	A, B, Size int
}

// An Alignment says which runs of two sequences match each other.
type Alignment struct {
	// Blocks are in order, without overlap, none empty, none adjacent to the
	// next in both sequences. Python's get_matching_blocks ends with one more of
	// size 0, at LenA and LenB.
	Blocks     []Block
	LenA, LenB int
}

// Match aligns b to a as difflib.SequenceMatcher(None, a, b, autojunk) does.
//
// With autojunk, an element that makes up more than 1% of a b of at least 200
// elements starts no run; it only makes longer what is found without it.
func Match[T comparable](a, b []T, autojunk bool) Alignment {
	s := newSearch(a, b, autojunk)
	s.run()
	slices.SortFunc(s.found, func(x, y Block) int { return cmp.Compare(x.A, y.A) })
	return Alignment{joined(s.found), len(a), len(b)}
}

// joined merges blocks that touch in both sequences.
func joined(blocks []Block) []Block {
	var out []Block
	for _, block := range blocks {
		if n := len(out); n > 0 && out[n-1].A+out[n-1].Size == block.A && out[n-1].B+out[n-1].Size == block.B {
			out[n-1].Size += block.Size
			continue
		}
		out = append(out, block)
	}
	return out
}

// Ratio is the share of both sequences that matches, 1 if both are empty.
func (m Alignment) Ratio() float64 {
	matched := 0
	for _, block := range m.Blocks {
		matched += block.Size
	}
	return share(matched, m.LenA+m.LenB)
}

// share is difflib's _calculate_ratio; the order of operations is part of it.
func share(matched, length int) float64 {
	if length == 0 {
		return 1
	}
	return 2 * float64(matched) / float64(length)
}

// Ratio is difflib.SequenceMatcher(None, a, b, autojunk=False).ratio() over code
// points: 1 for equal texts, 0 for texts without a common code point. SWE-RL
// calls it with the prediction first.
func Ratio(a, b string) float64 {
	return Match(codePoints(a), codePoints(b), false).Ratio()
}

package textdiff

import "math/bits"

// IndelRatio is 2 LCS(a, b) / (len(a) + len(b)) over code points, 1 if both are
// empty: Levenshtein.ratio of python-Levenshtein and the normalized indel
// similarity of rapidfuzz. SWE-Swiss compares candidate patches by it. Unlike
// [Ratio] it is symmetric.
func IndelRatio(a, b string) float64 {
	x, y := codePoints(a), codePoints(b)
	return share(lcs(x, y), len(x)+len(y))
}

// lcs is the length of the longest common subsequence, 64 elements of a at a
// time: bit i of rows stays 1 where the row's value does not rise at i (Hyyrö
// 2004, after Allison and Dix).
func lcs(a, b []rune) int {
	if len(b) < len(a) {
		a, b = b, a
	}
	words := (len(a) + 63) / 64
	places := make(map[rune][]uint64)
	for i, point := range a {
		if places[point] == nil {
			places[point] = make([]uint64, words)
		}
		places[point][i/64] |= 1 << (i % 64)
	}
	rows := make([]uint64, words)
	for w := range rows {
		rows[w] = ^uint64(0)
	}
	for _, point := range b {
		if mask := places[point]; mask != nil {
			advance(rows, mask)
		}
	}
	length := 0
	for _, row := range rows {
		length += bits.OnesCount64(^row)
	}
	return length
}

// advance computes the next row: (rows + (rows & mask)) | (rows &^ mask). Bits
// past the end of a have no mask and stay 1 but for a carry, which the second
// term undoes.
func advance(rows, mask []uint64) {
	carry := uint64(0)
	for w, row := range rows {
		var sum uint64
		sum, carry = bits.Add64(row, row&mask[w], carry)
		rows[w] = sum | row&^mask[w]
	}
}

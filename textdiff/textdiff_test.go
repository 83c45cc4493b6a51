package textdiff_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/textdiff"
)

func ExampleRatio() {
	fmt.Println(textdiff.Ratio("tide", "diet"), textdiff.Ratio("diet", "tide")) // it has a direction
	fmt.Printf("%.3f\n", textdiff.Ratio("private Thread currentThread;", "private volatile Thread currentThread;"))
	// Output:
	// 0.25 0.5
	// 0.866
}

func ExampleUnified() {
	fmt.Println(textdiff.Unified("a\nb\nc\nd\ne\n", "a\nb\nX\nd\ne\n", 1))
	// Output:
	// @@ -2,3 +2,3 @@
	//  b
	// -c
	// +X
	//  d
}

func ExampleMatch() {
	m := textdiff.Match([]string{"one", "two", "three"}, []string{"one", "three", "four"}, false)
	for _, code := range m.Opcodes() {
		fmt.Println(code.Tag, code.A1, code.A2, code.B1, code.B2)
	}
	// Output:
	// equal 0 1 0 1
	// delete 1 2 1 1
	// equal 2 3 1 2
	// insert 3 3 2 3
}

func ExampleCloseMatches() {
	matches, err := textdiff.CloseMatches("appel", []string{"ape", "apple", "peach", "puppy"}, 3, 0.6)
	fmt.Println(matches, err)
	// Output:
	// [apple ape] <nil>
}

func TestCloseMatchesRefuses(t *testing.T) {
	_, err := textdiff.CloseMatches("word", nil, 0, 0.6)
	require.ErrorContains(t, err, "ask for at least 1")
	for _, cutoff := range []float64{-0.1, 1.1, math.NaN()} {
		_, err = textdiff.CloseMatches("word", nil, 3, cutoff)
		require.ErrorContains(t, err, "it must be between 0 and 1")
	}
}

// TestInvalidBytes: a byte that is no UTF-8 equals itself only, not another such
// byte and not the replacement character.
func TestInvalidBytes(t *testing.T) {
	require.Equal(t, 1.0, textdiff.Ratio("a\xff", "a\xff"))
	require.Equal(t, 0.5, textdiff.Ratio("a\xff", "a\xfe"))
	require.Equal(t, 0.5, textdiff.Ratio("a\xff", "a\ufffd"))
	require.Equal(t, 0.5, textdiff.Ratio("a\xef", "a\ufffd"))
	require.Equal(t, 0.5, textdiff.IndelRatio("a\xff", "a\xfe"))
}

// TestIndelRatioAcrossWords compares the bits with the plain recurrence on texts
// of more than 64 code points.
func TestIndelRatioAcrossWords(t *testing.T) {
	for shift := range 140 {
		a := strings.Repeat("abcab", 40)[:130+shift/2]
		b := strings.Repeat("bcaac", 40)[shift:]
		want := 2 * float64(plainLCS(a, b)) / float64(len(a)+len(b))
		require.Equal(t, want, textdiff.IndelRatio(a, b))
		require.Equal(t, want, textdiff.IndelRatio(b, a))
	}
}

func plainLCS(a, b string) int {
	row := make([]int, len(b)+1)
	for i := range len(a) {
		diagonal := 0
		for j := range len(b) {
			above := row[j+1]
			row[j+1] = max(row[j+1], row[j])
			if a[i] == b[j] {
				row[j+1] = diagonal + 1
			}
			diagonal = above
		}
	}
	return row[len(b)]
}

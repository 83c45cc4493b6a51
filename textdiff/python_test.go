package textdiff_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/textdiff"
)

//go:embed testdata/difflib.py
var difflibPy string

// A comparison is what difflib says of two texts; testdata/difflib.py fills it.
type comparison struct {
	A, B         string
	Context      int
	Blocks, Junk [][3]int // get_matching_blocks with autojunk off and on
	Ratio        float64
	Lines        []string // a.splitlines()
	Close        []string // get_close_matches of b's beginning among lines and words of a
	Diff         []string // unified_diff without its header
	Opcodes      [][]any
	Seconds      float64 // that ratio took
}

// askPython fills the comparisons by CPython's own difflib.
func askPython(t testing.TB, job string, cases []comparison) []comparison {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed: nothing to compare with")
	}
	input, err := json.Marshal(cases)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), python, "-c", difflibPy, job)
	cmd.Stdin = bytes.NewReader(input)
	output, err := cmd.Output()
	require.NoError(t, err)
	var answers []comparison
	require.NoError(t, json.Unmarshal(output, &answers))
	return answers
}

// TestSameAsDifflib compares a thousand random pairs; small alphabets, because
// ties decide.
func TestSameAsDifflib(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var cases []comparison
	for range 1000 {
		cases = append(cases, randomCase(random))
	}
	for _, want := range askPython(t, "all", cases) {
		a, b := []rune(want.A), []rune(want.B)
		plain := textdiff.Match(a, b, false)
		require.Equal(t, want.Blocks, rows(plain), "%q %q", want.A, want.B)
		require.Equal(t, want.Ratio, textdiff.Ratio(want.A, want.B), "%q %q", want.A, want.B)
		junk := textdiff.Match(a, b, true)
		require.Equal(t, want.Junk, rows(junk), "autojunk: %q %q", want.A, want.B)
		require.Equal(t, want.Opcodes, opcodeRows(junk), "%q %q", want.A, want.B)
		require.Equal(t, want.Lines, append([]string{}, textdiff.SplitLines(want.A)...), "%q", want.A)
		points := []rune(want.B)
		candidates := append(textdiff.SplitLines(want.A), strings.Split(want.A, " ")...)
		matches, err := textdiff.CloseMatches(string(points[:min(20, len(points))]), candidates, 4, 0.3)
		require.NoError(t, err)
		require.Equal(t, want.Close, append([]string{}, matches...), "%q %q", want.A, want.B)
		diff := textdiff.UnifiedLines(textdiff.SplitLines(want.A), textdiff.SplitLines(want.B), want.Context)
		require.Equal(t, want.Diff, append([]string{}, diff...), "%q %q", want.A, want.B)
	}
}

func opcodeRows(m textdiff.Alignment) [][]any {
	rows := [][]any{}
	for _, c := range m.Opcodes() {
		rows = append(rows, []any{string(c.Tag), float64(c.A1), float64(c.A2), float64(c.B1), float64(c.B2)})
	}
	return rows
}

// randomCase is two texts over a small alphabet: unrelated, or one an edit of the
// other. Some are long enough for autojunk, and for grams to be looked up.
func randomCase(random *rand.Rand) comparison {
	alphabets := []string{"ab", "abc", "ab\n", "a\nb\r\u2028\u0085", "abcdefgh \n", "日本語テスト\n😀", "abcdefghijklmnopqrstuvwxyz(){}= \n"}
	alphabet := []rune(alphabets[random.IntN(len(alphabets))])
	length := []int{5, 30, 100, 300, 700}[random.IntN(5)]
	a := randomText(random, alphabet, random.IntN(length+1))
	b := randomText(random, alphabet, random.IntN(length+1))
	if random.IntN(2) == 0 {
		b = edited(random, a, alphabet)
	}
	return comparison{A: string(a), B: string(b), Context: random.IntN(4)}
}

func randomText(random *rand.Rand, alphabet []rune, length int) []rune {
	text := make([]rune, length)
	for i := range text {
		text[i] = alphabet[random.IntN(len(alphabet))]
	}
	return text
}

func edited(random *rand.Rand, text, alphabet []rune) (out []rune) {
	rarely := 2 + random.IntN(30)
	for _, point := range text {
		switch random.IntN(rarely) {
		case 0:
			out = append(out, alphabet[random.IntN(len(alphabet))])
		case 1:
			out = append(out, point, alphabet[random.IntN(len(alphabet))])
		default:
			out = append(out, point)
		}
	}
	return out
}

// FuzzMatch: blocks are common runs in order, and nothing is left between them.
func FuzzMatch(f *testing.F) {
	f.Add("private Thread currentThread;", "private volatile Thread currentThread;", false)
	f.Add("\xff\xef\xbf\xbd\xef", "\xef\xbf\xbd\xff", true)
	f.Add(strings.Repeat("a", 300), strings.Repeat("ab", 200), true)
	f.Fuzz(func(t *testing.T, a, b string, autojunk bool) {
		m := textdiff.Match([]byte(a), []byte(b), autojunk)
		endA, endB := 0, 0
		for _, block := range m.Blocks {
			require.Positive(t, block.Size)
			require.True(t, block.A >= endA && block.B >= endB && (block.A > endA || block.B > endB || endA == 0))
			require.Equal(t, a[block.A:block.A+block.Size], b[block.B:block.B+block.Size])
			if !autojunk {
				require.False(t, strings.ContainsAny(a[endA:block.A], b[endB:block.B]) && isASCII(a+b))
			}
			endA, endB = block.A+block.Size, block.B+block.Size
		}
		ratio := textdiff.Ratio(a, b)
		require.True(t, 0 <= ratio && ratio <= 1)
		require.Equal(t, a == b, ratio == 1)
		textdiff.Unified(a, b, 3)
		require.LessOrEqual(t, ratio, textdiff.IndelRatio(a, b))
	})
}

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(point rune) bool { return point > 127 }) < 0
}

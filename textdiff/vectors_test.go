package textdiff_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/vectors"
	"github.com/selfplay-swe/ssr/textdiff"
)

func TestRatioVectors(t *testing.T) {
	type vector struct {
		A, B         string
		Ratio        float64
		Autojunk     *float64  `json:"ratio_autojunk"`
		Swapped      *float64  `json:"ratio_swapped"`
		MatchingRows *[][3]int `json:"matching_blocks"`
	}
	for _, v := range vectors.Read[vector](t, "difflib_ratio.json") {
		require.Equal(t, v.Ratio, textdiff.Ratio(v.A, v.B), "%q %q", v.A, v.B)
		if v.Swapped != nil {
			require.Equal(t, *v.Swapped, textdiff.Ratio(v.B, v.A), "%q %q", v.B, v.A)
		}
		if v.Autojunk != nil {
			require.Equal(t, *v.Autojunk, textdiff.Match([]rune(v.A), []rune(v.B), true).Ratio(), "%q %q", v.A, v.B)
		}
		if v.MatchingRows != nil {
			require.Equal(t, *v.MatchingRows, rows(textdiff.Match([]rune(v.A), []rune(v.B), false)), "%q %q", v.A, v.B)
		}
	}
}

// rows are what Python's get_matching_blocks returns.
func rows(m textdiff.Alignment) (rows [][3]int) {
	for _, block := range m.Blocks {
		rows = append(rows, [3]int{block.A, block.B, block.Size})
	}
	return append(rows, [3]int{m.LenA, m.LenB, 0})
}

func TestUnifiedVectors(t *testing.T) {
	type vector struct {
		Old, New string
		Context  int `json:"n_context"`
		Diff     string
	}
	for _, v := range vectors.Read[vector](t, "unified_diff.json") {
		require.Equal(t, v.Diff, textdiff.Unified(v.Old, v.New, v.Context), "%q %q", v.Old, v.New)
	}
}

func TestIndelRatioVectors(t *testing.T) {
	type vector struct {
		A, B  string
		Ratio float64
	}
	for _, v := range vectors.Read[vector](t, "levenshtein_indel_ratio.json") {
		require.InDelta(t, v.Ratio, textdiff.IndelRatio(v.A, v.B), 1e-9, "%q %q", v.A, v.B)
		require.InDelta(t, v.Ratio, textdiff.IndelRatio(v.B, v.A), 1e-9, "%q %q", v.B, v.A)
	}
}

func TestCloseMatchesVectors(t *testing.T) {
	type vector struct {
		Word          string
		Possibilities []string
		N             int
		Cutoff        float64
		Matches       []string
	}
	for _, v := range vectors.Read[vector](t, "close_matches.json") {
		matches, err := textdiff.CloseMatches(v.Word, v.Possibilities, v.N, v.Cutoff)
		require.NoError(t, err)
		require.Equal(t, v.Matches, append([]string{}, matches...), "%q", v.Word)
	}
}

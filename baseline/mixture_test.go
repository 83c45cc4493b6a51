package baseline

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/mutate"
)

func partOf(file, fn string, start int, broken ...int) *part {
	return &part{Edit: mutate.Edit{File: file, Func: fn, Changes: []mutate.Change{{File: file, Start: start, Before: "x"}}}, Broken: broken}
}

func TestEveryFileOfAMixtureBreaksATestOfItsOwn(t *testing.T) {
	a := partOf("a.go", "A", 10, 1, 2)
	for name, c := range map[string]struct {
		other *part
		takes bool
	}{
		"disjoint":         {partOf("b.go", "B", 10, 3), true},
		"crossing":         {partOf("b.go", "B", 10, 2, 3), true},
		"the same":         {partOf("b.go", "B", 10, 1, 2), false},
		"nested in it":     {partOf("b.go", "B", 10, 2), false},
		"around it":        {partOf("b.go", "B", 10, 1, 2, 3), false},
		"breaks nothing":   {partOf("b.go", "B", 10), false},
		"nested, one file": {partOf("a.go", "B", 90, 2), true},
	} {
		require.Equal(t, c.takes, mixture{a}.takes(c.other, 9), name)
	}
}

func TestAThirdFileCannotTakeTheOwnTestsOfTwo(t *testing.T) {
	two := mixture{partOf("a.go", "A", 1, 1, 2), partOf("b.go", "B", 1, 2, 3)}
	require.False(t, two.takes(partOf("c.go", "C", 1, 1, 4), 9), "a.go keeps only 2, which b.go breaks too")
	require.True(t, two.takes(partOf("c.go", "C", 1, 2, 4), 9))
}

func TestPartsOfAMixtureStandApart(t *testing.T) {
	a := partOf("a.go", "A", 10, 1)
	require.False(t, mixture{a}.takes(partOf("a.go", "A", 50, 2), 9), "one function")
	require.False(t, mixture{a}.takes(partOf("a.go", "B", 11, 2), 9), "touching bytes")
	require.True(t, mixture{a}.takes(partOf("a.go", "B", 12, 2), 9))
}

func TestAMixtureBreaksNoMoreThanItMay(t *testing.T) {
	a := partOf("a.go", "A", 10, 1, 2)
	require.True(t, mixture{a}.takes(partOf("b.go", "B", 1, 2, 3), 3))
	require.False(t, mixture{a}.takes(partOf("b.go", "B", 1, 3, 4), 3))
}

// After a draft that is no bug the part at the target is drawn again, unless
// everything is to be blamed on it.
func TestSuspects(t *testing.T) {
	m := mixture{partOf("a.go", "A", 0, 1), partOf("b.go", "B", 0, 2)}
	for name, c := range map[string]struct {
		draft Draft
		n     int
		want  mixture
	}{
		"as expected":               {Draft{Expected: 2, Broken: 2}, 0, m[1:]},
		"showed nothing: a timeout": {Draft{Expected: 2}, 0, m},
		"broke much more":           {Draft{Expected: 2, Broken: 7}, 0, m},
		"tried often":               {Draft{Expected: 2, Broken: 2}, mostDrafts / 2, m},
	} {
		require.Equal(t, c.want, suspects(m, c.draft, c.n), name)
	}
}

// The first part is of the past, as far as a past breaks anything.
func TestTheFirstPartIsOfThePast(t *testing.T) {
	small, past := partOf("a.go", "A", 10, 1), partOf("b.go", "B", 10, 2)
	for _, first := range [][]*part{nil, {}} {
		require.Equal(t, []*part{small, past}, (&drawer{parts: []*part{small, past}, first: first}).near())
	}
	require.Equal(t, []*part{past}, (&drawer{parts: []*part{small, past}, first: []*part{past}}).near())
}

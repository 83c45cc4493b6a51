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

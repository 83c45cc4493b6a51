package selfplay

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/verify"
)

// Seeds are what the documentation says, on every machine and for ever.
func TestDerive(t *testing.T) {
	require.Equal(t, uint64(7227396440816600046), Derive(1, "round", 0))
	seen := map[uint64]bool{}
	for i := range 100 {
		for _, part := range []string{"round", "attempt", "child"} {
			seen[Derive(1, part, i)] = true
		}
	}
	require.Len(t, seen, 300)
}

// Strategies are drawn by their weights.
func TestDraw(t *testing.T) {
	counts := map[inject.Strategy]int{}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 4000 {
		counts[draw(rng, []WeightedStrategy{{inject.Removal, 3}, {inject.Direct, 0}, {inject.History, 1}})]++
	}
	require.Zero(t, counts[inject.Direct])
	require.InDelta(t, 3000, counts[inject.Removal], 150)
	require.Equal(t, 4000, counts[inject.Removal]+counts[inject.History])
}

// A target is in the file that the fewest bugs are in, and there it is the one
// that was aimed at least often.
func TestAim(t *testing.T) {
	a1, a2, b1 := inject.Target{File: "a", Func: "1"}, inject.Target{File: "a", Func: "2"}, inject.Target{File: "b", Func: "1"}
	targets := []inject.Target{a1, a2, b1, {Commit: "c"}}
	turns := func(aims ...inject.Target) (list []*turn) {
		for i, aim := range aims {
			list = append(list, &turn{assignment: assignment{Round: i, Snapshot: "s", Target: aim}})
		}
		return list
	}
	aim := func(asked []*turn, done ...*Round) inject.Target {
		return cover(asked, done, "s").aim(rand.New(rand.NewPCG(1, 1)), targets, inject.Removal)
	}
	require.Equal(t, b1, aim(turns(a1)), "a was aimed at")
	require.Equal(t, a2, aim(turns(a1, b1)), "both files were, and 1 in a")
	require.Equal(t, b1, aim(turns(inject.Target{File: "x"}), &Round{Consistent: true, Files: []string{"a", "x"}}), "a has a bug of another aim")
	require.Contains(t, []inject.Target{a1, a2}, aim(turns(b1), &Round{Files: []string{"a"}}), "a bug that is none covers nothing")

	other := turns(b1)
	other[0].Snapshot = "another"
	require.Contains(t, []inject.Target{a1, a2}, aim(append(other, turns(b1)...)))
	require.Equal(t, inject.Target{}, coverage{}.aim(nil, nil, inject.Removal), "an injector without targets chooses itself")

	history := cover(turns(a1, b1), nil, "s").aim(rand.New(rand.NewPCG(1, 1)), targets, inject.History)
	require.Equal(t, inject.Target{Commit: "c"}, history, "commits are for who undoes them")
}

// Code is what is neither a test nor steers one.
func TestCodeFiles(t *testing.T) {
	files := map[string]repo.File{}
	for _, name := range []string{"a.go", "a_test.go", "tests/b.py", "conftest.py", "lib/c.py", "README.md", "vendor/x/y.go", "run.sh"} {
		files[name] = repo.File{Mode: repo.Regular, Data: []byte("x")}
	}
	tree, err := repo.NewTree(files)
	require.NoError(t, err)
	require.Equal(t, []inject.Target{{File: "a.go"}, {File: "lib/c.py"}, {File: "run.sh"}}, codeFiles(tree, verify.DefaultSteering()))
}

func TestHistoryIsNotDrawnWhereThereIsNone(t *testing.T) {
	all := []WeightedStrategy{{inject.Removal, 1}, {inject.History, 3}}
	require.Equal(t, all, possible(all, "v1.0.0"))
	require.Equal(t, all[:1], possible(all, ""))
	require.Len(t, all, 2, "the configuration is not changed")
	require.Empty(t, possible(all[1:], ""))
}

func TestShareOfBugsThatHaveChildren(t *testing.T) {
	var with int
	for seed := range uint64(400) {
		tries := []*try{{Whole: seed, Heir: &heir{Of: 0, Tree: "a"}}, {Whole: seed, Heir: &heir{Of: 1, Tree: "b"}}}
		require.Len(t, heirs(tries, SecondOrder{Children: 1, Share: 1}), 1)
		with += len(heirs(tries, SecondOrder{Children: 1, Share: 0.25}))
	}
	require.InDelta(t, 100, with, 35)
}

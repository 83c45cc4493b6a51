package choose

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func choosers() []Chooser {
	return []Chooser{
		Agentless{}.Chooser(), Agentless{Compat: true}.Chooser(), SWESwiss{}.Chooser(), SWESwiss{NoRegression: true, NoReproduction: true}.Chooser(),
		Hybrid{}.Chooser(), Execution{}.Chooser(), Execution{Compat: true}.Chooser(), Verifier{}.Chooser(), MostPassed{}.Chooser(),
	}
}

func TestChoosersRefuse(t *testing.T) {
	for _, c := range choosers() {
		_, err := c.Choose(nil)
		require.EqualError(t, err, "choose: "+c.Name+": no candidates")
		_, err = c.Choose([]Candidate{{Patch: "a"}, {Patch: "b", Verifier: math.NaN()}})
		require.ErrorContains(t, err, "candidate 1: the verifier's score is NaN")
		_, err = c.Choose([]Candidate{{Patch: "a", Regression: Count{Failed: -1}}})
		require.ErrorContains(t, err, "candidate 0: 0 and -1 regression tests")
	}
	_, err := Chooser{Name: "mine", Run: func([]Candidate) (Choice, error) { return Choice{Index: 1}, nil }}.Choose([]Candidate{{}})
	require.EqualError(t, err, "choose: mine: it chose 1 of 1 candidates")
}

// An empty patch is never chosen, however good its evidence; it breaks no test.
func TestAnEmptyPatchIsNeverChosen(t *testing.T) {
	empty := Candidate{Patch: " \n", Regression: Count{Passed: 9}, Reproduced: []string{"t"}, Generated: 9, Verifier: 1}
	real := Candidate{Patch: "p", Regression: Count{Passed: 1, Failed: 8}, Generated: 1}
	for _, c := range choosers() {
		none, err := c.Choose([]Candidate{empty, empty})
		require.NoError(t, err, c.Name)
		require.Equal(t, None, none.Index, c.Name)
		require.False(t, none.Evidence)
		got, err := c.Choose([]Candidate{empty, real, empty})
		require.NoError(t, err, c.Name)
		require.Equal(t, 1, got.Index, c.Name)
	}
}

// Tests that were not run rank behind tests that failed.
func TestNoEvidenceRanksLast(t *testing.T) {
	candidates := []Candidate{{Patch: "untested"}, {Patch: "poor", Regression: Count{Passed: 1, Failed: 40}}}
	for _, c := range []Chooser{Agentless{}.Chooser(), SWESwiss{}.Chooser(), Hybrid{}.Chooser(), Execution{}.Chooser(), MostPassed{}.Chooser()} {
		got, err := c.Choose(candidates)
		require.NoError(t, err)
		require.Equal(t, 1, got.Index, c.Name)
		require.True(t, got.Evidence, c.Name)
	}
}

// Where nothing was run, votes decide and the choice says that it has no evidence;
// who has nothing but tests refuses.
func TestWithoutTests(t *testing.T) {
	candidates := []Candidate{{Patch: "a"}, {Patch: "b"}, {Patch: "b"}}
	for _, c := range []Chooser{Agentless{}.Chooser(), SWESwiss{}.Chooser()} {
		got, err := c.Choose(candidates)
		require.NoError(t, err)
		require.Equal(t, 1, got.Index, c.Name)
		require.False(t, got.Evidence, c.Name)
	}
	_, err := Execution{}.Chooser().Choose(candidates)
	require.EqualError(t, err, "choose: execution: no test passes with any candidate, so there is no evidence to choose by")
	got, err := Execution{Compat: true}.Chooser().Choose(candidates)
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 2}, got.Tied)
}

// Two consensus groups tie, {0, 3} and {1}: the original looks at them group by
// group, so that of two patches with one vote it takes 3 before 1.
func TestAgentlessTiesGoToTheEarliest(t *testing.T) {
	candidates := []Candidate{
		{Patch: "a", Reproduced: []string{"t1", "t2"}},
		{Patch: "b", Reproduced: []string{"t3", "t4", "t5", "t5"}}, // a set: three tests
		{Patch: "c", Reproduced: []string{"t1"}},
		{Patch: "b", Reproduced: []string{"t2", "t1"}},
	}
	// 2² · 2 = 8 < 3² · 1 = 9
	got, err := Agentless{}.Chooser().Choose(candidates)
	require.NoError(t, err)
	require.Equal(t, []Step{{"regression, reproduction", []int{1}}, {"majority", []int{1}}}, got.Steps)

	candidates = []Candidate{
		{Patch: "a", Reproduced: []string{"t1"}},
		{Patch: "b", Reproduced: []string{"t2"}},
		{Patch: "d"},
		{Patch: "c", Reproduced: []string{"t2"}},
		{Patch: "b", Reproduced: []string{"t1"}},
	}
	got, err = Agentless{}.Chooser().Choose(candidates)
	require.NoError(t, err)
	require.Equal(t, 1, got.Index)
	require.Equal(t, []int{1, 4}, got.Tied)
	got, err = Agentless{Compat: true}.Chooser().Choose(candidates)
	require.NoError(t, err)
	require.Equal(t, 4, got.Index, "0, 4, 1, 3 is the original's order")
}

// The fewest failures are those of any candidate, as in the original: an empty patch
// that breaks nothing has all others voted on together.
func TestSWESwissCountsEmptyPatches(t *testing.T) {
	candidates := []Candidate{
		{Patch: "", Regression: Count{Passed: 3}},
		{Patch: "one", Regression: Count{Passed: 2, Failed: 1}},
		{Patch: "two", Regression: Count{Passed: 1, Failed: 2}},
		{Patch: "two", Regression: Count{Passed: 1, Failed: 2}},
	}
	got, err := SWESwiss{}.Chooser().Choose(candidates)
	require.NoError(t, err)
	require.Equal(t, 2, got.Index)
	require.Equal(t, "all with a patch", got.Steps[2].Rule)
}

// Among those that break least, one that reproduces is before those that do not; if
// none does, all of them are voted on.
func TestSWESwissReproduction(t *testing.T) {
	candidates := []Candidate{
		{Patch: "a", Regression: Count{Passed: 2}},
		{Patch: "a", Regression: Count{Passed: 2}},
		{Patch: "b", Regression: Count{Passed: 2}, Reproduced: []string{"t"}},
		{Patch: "c", Regression: Count{Passed: 1, Failed: 1}, Reproduced: []string{"t"}},
	}
	for _, test := range []struct {
		rule       SWESwiss
		candidates []Candidate
		want       int
	}{
		{SWESwiss{}, candidates, 2},
		{SWESwiss{NoReproduction: true}, candidates, 0},
		{SWESwiss{}, candidates[:2], 0},
		{SWESwiss{NoRegression: true}, candidates[2:], 0},
	} {
		got, err := test.rule.Chooser().Choose(test.candidates)
		require.NoError(t, err)
		require.Equal(t, test.want, got.Index)
	}
}

// A patch that takes too long to compare is like itself alone; its votes count.
func TestSWESwissComparesHugePatchesByEquality(t *testing.T) {
	huge := strings.Repeat("x", DefaultMaxBytes)
	candidates := []Candidate{{Patch: "small"}, {Patch: huge + "a"}, {Patch: huge + "b"}, {Patch: huge + "b"}}
	require.Equal(t, []float64{0.5, 0.5, 1, 1}, SWESwiss{}.Likeness(candidates))
	got, err := SWESwiss{}.Chooser().Choose(candidates)
	require.NoError(t, err)
	require.Equal(t, 2, got.Index)
}

func TestHybridCut(t *testing.T) {
	_, err := Hybrid{Keep: -1}.Chooser().Choose([]Candidate{{Patch: "a"}})
	require.ErrorContains(t, err, "it must be at least one")
	got, err := Hybrid{Keep: 1}.Chooser().Choose([]Candidate{
		{Patch: "a", Verifier: 0.5, Generated: 9, Regression: Count{Passed: 9}},
		{Patch: "b", Verifier: 0.6},
	})
	require.NoError(t, err)
	require.Equal(t, 1, got.Index, "the verifier let one through")

	var candidates []Candidate
	for i := range 8 {
		candidates = append(candidates, Candidate{Patch: "p", Verifier: float64(-i), Regression: Count{Passed: i}})
	}
	for n, want := range map[int]int{2: 1, 4: 2, 6: 2, 8: 3} {
		got, err := Hybrid{}.Chooser().Choose(candidates[:n])
		require.NoError(t, err)
		require.Equal(t, want, got.Index, "max(3, n/2) of %d are compared by tests", n)
	}
}

// Whatever the evidence, a choice is a candidate with a patch or none, the first of
// its ties, and the same again.
func FuzzChoose(f *testing.F) {
	f.Add([]byte("aabbccddeeffgghh"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var candidates []Candidate
		for ; len(data) >= 4 && len(candidates) < 16; data = data[4:] {
			candidates = append(candidates, Candidate{
				Patch: strings.Trim(string(data[:2]), "\x00"), Regression: Count{int(data[2] % 3), int(data[2] / 3 % 3)},
				Reproduced: strings.Split(string(data[1:3]), ""), Generated: int(data[3] % 5), Verifier: float64(int8(data[3])),
			})
		}
		for _, c := range choosers() {
			choice, err := c.Choose(candidates)
			again, _ := c.Choose(candidates)
			require.Equal(t, choice, again)
			if err != nil || choice.Index == None {
				require.Equal(t, None, choice.Index)
				continue
			}
			require.False(t, candidates[choice.Index].empty())
			require.Contains(t, choice.Tied, choice.Index)
		}
	})
}

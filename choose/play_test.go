package choose

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// toy is a problem made of letters: a patch repairs the letters it has, lower case
// ones fail on the original code, upper case ones pass there unless a patch has "!".
// Tests are words.
func toy(_ context.Context, patch, tests string) (Results, error) {
	results := Results{}
	for _, letter := range tests {
		upper := letter >= 'A' && letter <= 'Z'
		results[string(letter)] = upper && !strings.Contains(patch, "!") || strings.ContainsRune(patch, letter)
	}
	return results, nil
}

func TestSelfPlay(t *testing.T) {
	patches, tests := []string{"", "a!", "a", "ab"}, []string{"ABC", "aA", "bcB"}
	for _, parallel := range []int{0, 4} {
		choice, table, err := SelfPlay{Parallel: parallel}.Play(t.Context(), toy, patches, tests)
		require.NoError(t, err)
		require.Equal(t, 3, choice.Index)
		require.True(t, choice.Evidence)
		require.Equal(t, Table{
			F: []int{1, 2}, P: []int{1, 1}, // the first test fails nothing on the original code
			FP: [][]int{{0, 0}, {1, 0}, {1, 0}, {1, 1}},
			PP: [][]int{{0, 0}, {0, 0}, {1, 1}, {1, 1}},
		}, table)
		require.InDeltaSlice(t, []float64{0, 1. / 3, 1 + 1./3, 1 + 2./3}, choice.Scores, 1e-12)
	}
}

func TestSelfPlayWithoutEvidence(t *testing.T) {
	for want, play := range map[string]func() error{
		"tests without candidates":      func() error { _, _, err := SelfPlay{}.Play(t.Context(), toy, nil, []string{"a"}); return err },
		"candidates without tests":      func() error { _, _, err := SelfPlay{}.Play(t.Context(), toy, []string{"a"}, nil); return err },
		"no test fails on the original": func() error { _, _, err := SelfPlay{}.Play(t.Context(), toy, []string{"a"}, []string{"A"}); return err },
		"none can show a repair": func() error {
			_, err := Table{F: []int{0}, P: []int{1}, FP: [][]int{{0}}, PP: [][]int{{1}}}.Scores()
			return err
		},
		"candidate 0, test 0: 2 of 1 fail": func() error {
			_, err := Table{F: []int{1}, P: []int{1}, FP: [][]int{{2}}, PP: [][]int{{1}}}.Scores()
			return err
		},
		"candidate 0: 0 and 1 counts for 1": func() error {
			_, err := Table{F: []int{1}, P: []int{1}, FP: [][]int{{}}, PP: [][]int{{1}}}.Scores()
			return err
		},
		"1 candidates do not fit": func() error { _, err := Table{F: []int{1}, FP: [][]int{{1}}, PP: [][]int{{1}}}.Scores(); return err },
	} {
		require.ErrorContains(t, play(), want)
	}
	choice, _, err := SelfPlay{}.Play(t.Context(), toy, []string{"x", "y"}, []string{"aA"})
	require.NoError(t, err)
	require.Equal(t, None, choice.Index, "no patch repairs anything")
	choice, _, err = SelfPlay{Compat: true}.Play(t.Context(), toy, []string{"x", "y"}, []string{"aA"})
	require.NoError(t, err)
	require.Equal(t, 0, choice.Index)
	require.False(t, choice.Evidence)
}

var errDisk = errors.New("disk full")

func TestAMachinesFaultEndsAPlay(t *testing.T) {
	broken := func(ctx context.Context, patch, tests string) (Results, error) {
		if patch == "bad" {
			return nil, errDisk
		}
		return toy(ctx, patch, tests)
	}
	choice, _, err := SelfPlay{Parallel: 2}.Play(t.Context(), broken, []string{"a", "bad"}, []string{"a", "b"})
	require.ErrorIs(t, err, errDisk)
	require.ErrorContains(t, err, "choose: self_play: patch 1, test ")
	require.Equal(t, None, choice.Index)

	o := script([]string{"a"}, []string{"bad"})
	o.Run = broken
	_, err = o.Play(t.Context())
	require.EqualError(t, err, "choose: rounds: patch 0: disk full")

	tries, err := Iterative{}.Play(t.Context(), func(_ context.Context, n int, _ float64) (Attempt, error) {
		return Attempt{Patch: "p"}, []error{nil, errDisk}[n]
	})
	require.ErrorIs(t, err, errDisk)
	require.Equal(t, None, tries.Choice.Index)
	require.Len(t, tries.Attempts, 1)

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = SelfPlay{}.Play(ended, toy, []string{"a"}, []string{"a"})
	require.ErrorIs(t, err, context.Canceled)
}

// script plays prepared tests and patches, the last of each again and again.
func script(tests, patches []string) Rounds {
	next := func(list *[]string) string {
		first := (*list)[0]
		if len(*list) > 1 {
			*list = (*list)[1:]
		}
		return first
	}
	return Rounds{
		Write: func(context.Context, Turn) (string, error) { return next(&tests), nil },
		Fix:   func(context.Context, Turn) (string, error) { return next(&patches), nil },
		Run:   toy,
	}
}

func TestRounds(t *testing.T) {
	for name, test := range map[string]struct {
		tests, patches []string
		max            int
		end            string
		passed         string // of each bout
		suites         int
		chosen         int
	}{
		"stronger tests pass at once":  {[]string{"a", "ab"}, []string{"ab"}, 0, "the stronger tests passed at once", "+", 2, 0},
		"stronger tests, a better fix": {[]string{"a", "ab", "abc"}, []string{"a", "x", "abc"}, 0, "the stronger tests passed at once", "+-+", 3, 2},
		"the cap":                      {[]string{"a", "ab", "abc"}, []string{"a", "x", "y"}, 3, "3 patches", "+--", 2, 0},
		"no stronger tests":            {[]string{"a"}, []string{"x", "a"}, 0, "the writer knows no stronger tests", "-+", 1, 1},
		"stronger ones that pass without a patch are none": {[]string{"a", "A"}, []string{"a"}, 0, "the writer knows no stronger tests", "+", 1, 0},
		"nothing passed":                {[]string{"a"}, []string{"x", ""}, 3, "3 patches", "---", 1, None},
		"what breaks others passes not": {[]string{"aA"}, []string{"a!"}, 2, "2 patches", "--", 1, None},
		"tests without evidence":        {[]string{"A"}, []string{"a"}, 0, "the writer's tests do not fail on the original code", "", 0, None},
		"no tests":                      {[]string{""}, []string{"a"}, 0, "the writer's tests do not fail on the original code", "", 0, None},
	} {
		t.Run(name, func(t *testing.T) {
			o := script(test.tests, test.patches)
			o.Max = test.max
			got, err := o.Play(t.Context())
			require.NoError(t, err)
			var passed strings.Builder
			for _, b := range got.Bouts {
				passed.WriteString(map[bool]string{true: "+", false: "-"}[b.Passed])
			}
			require.Equal(t, test.passed, passed.String())
			require.Equal(t, test.end, got.End)
			require.Len(t, got.Suites, test.suites)
			require.Equal(t, test.chosen, got.Choice.Index)
			require.Equal(t, test.chosen != None, got.Choice.Evidence)
		})
	}
}

// The original takes its first patch where none passed.
func TestRoundsCompat(t *testing.T) {
	o := script([]string{"a"}, []string{"x"})
	o.Compat = true
	got, err := o.Play(t.Context())
	require.NoError(t, err)
	require.Equal(t, 0, got.Choice.Index)
	require.False(t, got.Choice.Evidence)
	_, err = Rounds{}.Play(t.Context())
	require.ErrorContains(t, err, "Write, Fix and Run are needed")
}

// A test that disappears is not one that passes.
func TestMissingResultsAreNoSuccess(t *testing.T) {
	original := Results{"a": false, "A": true}
	require.True(t, Results{"a": true, "A": true}.solves(original))
	require.False(t, Results{"a": true}.solves(original))
	require.False(t, Results{}.solves(original))
	require.False(t, Results{}.solves(Results{}), "nothing was run, and nothing shown")
	require.False(t, Results{"A": true}.solves(Results{"A": true}), "nothing failed before")
}

func Example() {
	candidates := []Candidate{
		{Patch: "-x\n+y", Regression: Count{Passed: 9, Failed: 1}, Reproduced: []string{"t1", "t2"}},
		{Patch: "-x\n+z", Regression: Count{Passed: 10}, Reproduced: []string{"t1"}},
		{Patch: "-x\n+z", Regression: Count{Passed: 10}, Reproduced: []string{"t1"}},
	}
	choice, err := Agentless{}.Chooser().Choose(candidates)
	fmt.Println(choice.Index, choice.Tied, choice.Evidence, err)
	for _, step := range choice.Steps {
		fmt.Println(step.Rule, step.Left)
	}
	// Output:
	// 1 [1 2] true <nil>
	// regression, reproduction [1 2]
	// majority [1 2]
}

// A writer and a fixer of one's own, against each other.
func ExampleRounds() {
	o := Rounds{
		Write: func(_ context.Context, now Turn) (string, error) { return "abc"[:min(now.Round+1, 3)], nil },
		Fix:   func(_ context.Context, now Turn) (string, error) { return now.Tests, nil },
		Run:   toy,
	}
	out, err := o.Play(context.Background())
	fmt.Println(out.Bouts, out.End, err)
	fmt.Println(out.Bouts[out.Choice.Index].Patch, out.Choice.Evidence)
	// Output:
	// [{a 0 true} {ab 1 true} {abc 2 true}] the writer knows no stronger tests <nil>
	// abc true
}

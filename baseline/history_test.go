package baseline

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/mutate"
)

const goNow = `package p

import (
	"fmt"
	"strings"
)

func A(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return "none"
	}
	return fmt.Sprint(s)
}

func B() {}
`

const goThen = `package p

import (
	"fmt"
	"os"
)

// trim is gone since.
func trim(s string) string { return short(s) }

func short(s string) string { return s[:1] }

func A(s string) string {
	s = trim(s)
	if s == "" {
		return os.DevNull
	}
	return fmt.Sprint(s)
}

func B() {}
`

func TestHunksAreRunsOfLinesThatWereOthers(t *testing.T) {
	now, then := "a\nb\nc\nd\ne\n", "a\nB\nc\nd\nx\ne\n"
	require.Equal(t, []hunk{
		{first: 2, last: 2, start: 2, end: 4, then: "B\n"},
		{first: 5, last: 4, start: 8, end: 8, then: "x\n"},
	}, hunks([]byte(now), []byte(then)))
	require.Empty(t, hunks([]byte(now), []byte(now)))
	require.Equal(t, []hunk{{first: 1, last: 1, start: 0, end: 2, then: ""}}, hunks([]byte("a\nb\n"), []byte("b\n")))
}

func TestThePastOfAGoFunctionBringsWhatItNeeds(t *testing.T) {
	list := hunks([]byte(goNow), []byte(goThen))
	var changes []mutate.Change
	for _, h := range list[len(list)-2:] { // those in A
		changes = append(changes, mutate.Change{File: "p.go", Start: h.start, Before: goNow[h.start:h.end], After: h.then})
	}
	got, err := mutate.Apply(func(string) ([]byte, error) { return []byte(goNow), nil },
		mutate.Edit{File: "p.go", Changes: goNeeds([]byte(goNow), []byte(goThen), changes)})
	require.NoError(t, err)
	require.Equal(t, `package p

import "os"

import (
	"fmt"
)

func A(s string) string {
	s = trim(s)
	if s == "" {
		return os.DevNull
	}
	return fmt.Sprint(s)
}

func B() {}

// trim is gone since.
func trim(s string) string { return short(s) }

func short(s string) string { return s[:1] }
`, string(got["p.go"]))
}

func TestAPastOfWhiteSpaceAndCommentsIsNone(t *testing.T) {
	require.True(t, onlyLayout([]mutate.Change{{Before: "\tx := 1 // one\n", After: "x := 1 // one\n\n// two\n"}}))
	require.False(t, onlyLayout([]mutate.Change{{Before: "x := 1\n", After: "x := 2\n"}}))
}

func FuzzHunks(f *testing.F) {
	f.Add("a\nb\n", "b\nc")
	f.Add("", "x")
	f.Fuzz(func(t *testing.T, now, then string) {
		now, then = now+"\n", then+"\n"
		var changes []mutate.Change
		for _, h := range hunks([]byte(now), []byte(then)) {
			changes = append(changes, mutate.Change{Start: h.start, Before: now[h.start:h.end], After: h.then})
		}
		require.Equal(t, then, string(spliced([]byte(now), changes)))
	})
}

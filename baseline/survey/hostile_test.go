package survey

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/suite"
)

// Compiled packages come out of a sandbox: what cannot be decoded is an error.
func FuzzImport(f *testing.F) {
	f.Add([]byte("!<arch>\n__.PKGDEF       0           0     0     644     64        `\ngo object linux amd64 go1.26 X:none\nbuild id \"x\"\n\n$$B\nu\x00\x00\x00\x00"))
	f.Add([]byte("go object linux amd64 go1.26\n\n$$B\nuxxxxxxxxxxxxxxxxxxxxxxxx\n$$\n"))
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		pkg, err := newCompiled(map[string][]byte{"a/b": data}).Import("a/b")
		require.True(t, err != nil || pkg != nil)
	})
}

// Whatever a test process prints, spans are of files of the tree that are no
// tests, in order, and apart from each other.
func FuzzSpans(f *testing.F) {
	tree, err := repo.NewTree(map[string]repo.File{
		"m.go": {Mode: repo.Regular}, "a/a.go": {Mode: repo.Regular}, "m_test.go": {Mode: repo.Regular}, "m.py": {Mode: repo.Regular},
	})
	require.NoError(f, err)
	f.Add("\t0\nx/m/m.go:1.2,3.4 1 1\nx/m/a/a.go:4.1,2.2 1 9\nx/m/m_test.go:1.1,1.1 1 1\n\t7\nx/m/m.go:999999999.1,2.2 1 1\n")
	f.Add("\x1e{\"test\":\"t\",\"lines\":{\"m.py\":[[3,1],[-4,9]],\"../x\":[[1,1]]}}\n")
	f.Fuzz(func(t *testing.T, out string) {
		tests := []Test{{ID: "first"}, {ID: "second"}}
		for _, spans := range []map[string][]Span{goProfiles([]byte(out), "x/m", tree, tests), traces([]byte(out), tree)} {
			for _, list := range spans {
				last := Span{}
				for _, s := range list {
					_, known := tree.Mode(s.File)
					require.True(t, known && !strings.Contains(s.File, "_test"), s.File)
					require.True(t, 1 <= s.First && s.First <= s.Last && s.Last <= mostLines, s)
					require.True(t, s.File > last.File || s.File == last.File && s.First > last.Last+1, list)
					last = s
				}
			}
		}
	})
}

// The slowest tests are left out, with their subtests, until the others fit into a
// script's time.
func TestLeaveSlow(t *testing.T) {
	v := &Survey{Framework: GoTest, Seconds: 130, Tests: []Test{
		{ID: "m TestFast", Dir: ".", Name: "TestFast", Seconds: 30},
		{ID: "m/slow TestA", Dir: "slow", Name: "TestA", Seconds: 80},
		{ID: "m/slow TestA/case", Dir: "slow", Name: "TestA/case", Seconds: 80},
		{ID: "m/slow TestQuick", Dir: "slow", Name: "TestQuick", Seconds: 1},
		{ID: "m/some TestB", Dir: "some", Name: "TestB", Seconds: 20},
	}}
	v.leaveSlow(judged)
	require.Equal(t, 50.0, v.Seconds)
	require.Equal(t, "m TestFast", v.Tests[0].ID)
	require.Equal(t, "m/slow TestQuick", v.Tests[1].ID)
	require.Equal(t, "m/some TestB", v.Tests[2].ID)
	require.Equal(t, []string{"left out: 2 tests too slow for all to fit into the 1m30s that a script has: m/slow TestA"}, v.Notes)
}

// A test that hangs has no result, and the others are played on without it.
func TestLeaveHung(t *testing.T) {
	v := &Survey{Framework: GoTest, Seconds: 61.5, Tests: []Test{{ID: "m TestA", Dir: ".", Name: "TestA"}}}
	v.leaveHung(look{log: []byte(`{"Time":"2026-01-01T00:00:00Z","Action":"run","Package":"m","Test":"TestA"}
{"Time":"2026-01-01T00:00:01Z","Action":"pass","Package":"m","Test":"TestA","Elapsed":1}
{"Time":"2026-01-01T00:00:01Z","Action":"run","Package":"m","Test":"TestHangs"}
{"Time":"2026-01-01T00:00:01Z","Action":"run","Package":"m","Test":"TestHangs/case"}
{"Time":"2026-01-01T00:01:00Z","Action":"fail","Package":"m","Elapsed":60}
`)})
	v.leaveSlow(judged)
	require.InDelta(t, 2.5, v.Seconds, 1e-9)
	require.Len(t, v.Tests, 1)
	require.Equal(t, []string{"left out: 1 test that did not come to an end within a minute, with what comes after in the same package: m TestHangs"}, v.Notes)
}

// What keeps slow tests from being played is told in words that a person understands.
func TestSlowTestsAreNamed(t *testing.T) {
	v := &Survey{Framework: GoTest}
	require.Equal(t, "go test ended its tests after a minute, and none had passed", v.tooFew(0, nil, "", []byte("panic: test timed out after 1m0s\n")))
	require.Equal(t, "go test finds no tests that pass", v.tooFew(0, nil, "", nil))
	v = &Survey{Framework: GoTest, Seconds: 70, Tests: []Test{{ID: "m TestA", Dir: ".", Name: "TestA", Seconds: 70}}}
	v.leaveSlow(judged)
	require.Equal(t, []string{"left out: 1 test too slow for all to fit into the 1m30s that a script has: m TestA"}, v.Notes)
}

// A limit of the caller's that no test fits into leaves nothing to play with, and
// that is said before the play.
func TestALimitThatCannotWork(t *testing.T) {
	v := &Survey{Framework: GoTest, Seconds: 2, Tests: []Test{{ID: "m TestA", Dir: ".", Name: "TestA", Status: suite.Passed, Seconds: 0.1}}}
	v.leaveSlow(time.Second)
	err := v.playable(Subject{}, Options{Timeout: time.Second}, look{})
	require.EqualError(t, err, "the repository: left out: 1 test too slow for all to fit into the 1s that a script has: m TestA; at least 10 tests must pass, without a network and within 1s")
}

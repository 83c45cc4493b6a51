package baseline

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/suite"
)

// weakenJavaScript takes whole calls of test, it, describe or suite out of a file
// for node --test: those whose names are that of a failing test and of the calls
// around it. A subtest whose name is computed, as in a loop over a table, goes
// with the nearest call around it that has a name; so does one in a test that
// counts its subtests (t.plan). Where deep is false, whole top-level tests go. It
// returns nil when there is nothing to take out.
func weakenJavaScript(file string, source []byte, names [][]string, deep bool) []byte {
	calls := testCalls(mutate.JavaScriptCalls(file, source))
	var cuts []cut
	for _, name := range names {
		if !deep {
			name = name[:1]
		}
		for len(name) > 0 {
			if found := callsNamed(calls, source, name); len(found) > 0 {
				cuts = append(cuts, found...)
				break
			}
			name = name[:len(name)-1]
		}
	}
	if len(cuts) == 0 {
		return nil
	}
	return without(source, cuts)
}

// A testCall is a call that makes a test.
type testCall struct {
	mutate.Call
	path   []string  // its name after those of the calls around it; "" where one is computed
	around *testCall // nil: none
	plans  bool      // it counts its subtests
}

// deepest bounds how deep tests are looked for in one another.
const deepest = 20

func testCalls(calls []mutate.Call) (list []*testCall) {
	var around *testCall
	for _, c := range calls {
		for around != nil && around.End <= c.Start {
			around = around.around
		}
		switch {
		case around != nil && strings.HasSuffix(c.Callee, ".plan"):
			around.plans = true
		case around == nil && makesTest(c.Callee):
			around = &testCall{Call: c, path: []string{tapName(c.Name)}}
			list = append(list, around)
		case makesTest(c.Callee) && len(around.path) < deepest:
			around = &testCall{Call: c, path: append(slices.Clone(around.path), tapName(c.Name)), around: around}
			list = append(list, around)
		}
	}
	return list
}

// makesTest says whether what is called is one of node:test's functions, or a
// test's own.
func makesTest(callee string) bool {
	return slices.ContainsFunc(strings.Split(callee, "."), func(word string) bool {
		return word == "test" || word == "it" || word == "describe" || word == "suite"
	})
}

// callsNamed lists what the calls of a name are, where all can be taken out: of
// whole statements, and not where the test around them counts them.
func callsNamed(calls []*testCall, source []byte, name []string) (cuts []cut) {
	for _, c := range calls {
		if !slices.Equal(c.path, name) || slices.Contains(name, "") {
			continue
		}
		if !c.Statement || c.around != nil && c.around.plans {
			return nil
		}
		cuts = append(cuts, wholeLines(source, c.Start, c.End))
	}
	return cuts
}

// javaScriptNames are the names of some tests after that of their file, without
// those of tests around other ones of them, which fail for these.
func javaScriptNames(tests []survey.Test) (names [][]string) {
	for _, t := range tests {
		inner := func(other survey.Test) bool { return strings.HasPrefix(other.ID, t.ID+" > ") }
		if parts := strings.Split(t.Name, " > "); len(parts) > 1 && !slices.ContainsFunc(tests, inner) {
			names = append(names, parts[1:])
		}
	}
	return names
}

// tapName writes a name as node's TAP does (lib/internal/test_runner/reporter/tap.js).
func tapName(name string) string { return tapEscapes.Replace(name) }

var tapEscapes = strings.NewReplacer("\\", `\\`, "#", `\#`, "\b", `\b`, "\f", `\f`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\v", `\v`)

// sentencesGone returns whether a diff takes away a line with a word of a test's id
// that no test which is left has in its own: what the judge calls deleted. Names of
// JavaScript tests are sentences, which share most of their words.
func sentencesGone(removed []byte, left suite.Results) func(id string) bool {
	kept, lost := map[string]bool{}, map[string]bool{}
	for id := range left {
		for _, word := range sentenceWord.FindAllString(id, -1) {
			kept[word] = true
		}
	}
	for line := range bytes.Lines(removed) {
		if line[0] == '-' {
			for _, word := range sentenceWord.FindAllString(string(line), -1) {
				lost[word] = true
			}
		}
	}
	return func(id string) bool {
		return slices.ContainsFunc(sentenceWord.FindAllString(id, -1), func(word string) bool { return lost[word] && !kept[word] })
	}
}

var sentenceWord = regexp.MustCompile(`[\pL\pN_]{2,}`)

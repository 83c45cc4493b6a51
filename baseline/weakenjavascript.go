package baseline

import (
	"bytes"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/mutate"
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
			if found := calls.named(source, name); len(found) > 0 {
				cuts = append(cuts, found...)
				break
			}
			name = name[:len(name)-1]
		}
	}
	if len(cuts) == 0 {
		return nil
	}
	return without(source, outermost(cuts))
}

// A testCall is a call that makes a test, with the names of those around it.
type testCall struct {
	mutate.Call
	path []string // "" where a name is computed
}

type testCallList []testCall

func testCalls(calls []mutate.Call) (list testCallList) {
	var around []int // indices into list
	for _, c := range calls {
		if !makesTest(c.Callee) {
			continue
		}
		for len(around) > 0 && list[around[len(around)-1]].End <= c.Start {
			around = around[:len(around)-1]
		}
		t := testCall{Call: c}
		if len(around) > 0 {
			t.path = slices.Clone(list[around[len(around)-1]].path)
		}
		t.path = append(t.path, tapName(c.Name))
		around, list = append(around, len(list)), append(list, t)
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

// named lists the calls of a name that can be taken out: of whole statements, and
// not where the test around them counts them.
func (calls testCallList) named(source []byte, name []string) (cuts []cut) {
	for _, c := range calls {
		if !slices.Equal(c.path, name) || slices.Contains(name, "") {
			continue
		}
		if !c.Statement || calls.counted(source, c) {
			return nil
		}
		cuts = append(cuts, wholeLines(source, c.Start, c.End))
	}
	return cuts
}

// counted says whether a call around another one has a plan.
func (calls testCallList) counted(source []byte, c testCall) bool {
	return slices.ContainsFunc(calls, func(around testCall) bool {
		return around.Start < c.Start && c.End <= around.End && bytes.Contains(source[around.Start:c.Start], []byte(".plan("))
	})
}

// outermost drops the cuts within others.
func outermost(cuts []cut) []cut {
	return slices.DeleteFunc(slices.Clone(cuts), func(c cut) bool {
		return slices.ContainsFunc(cuts, func(other cut) bool { return other != c && other.start <= c.start && c.end <= other.end })
	})
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

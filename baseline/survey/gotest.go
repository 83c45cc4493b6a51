package survey

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/repo"
)

// goParser is awk and not Python, and takes the names as they are escaped in
// JSON, so that it need not unescape them. What a test prints is quoted in these
// events, and cannot forge one. A package that does not build has no events of
// tests, so its tests are missing, as they must be.
var goParser = []byte(`#!/usr/bin/awk -f
# Reads the output of "go test -json" and reports every test and subtest as
# "import/path TestName/case".
function field(name) {
	if (!match($0, "\"" name "\":\"([^\"\\\\]|\\\\.)*\"")) return ""
	return substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 5)
}
/^\{"Time":"[^"]*","Action":"(pass|fail|skip)","Package":"/ {
	test = field("Test")
	if (test == "") next
	action = field("Action")
	id = field("Package") " " test
	if (!(id in status)) order[++n] = id
	if (status[id] != "failed") status[id] = action == "pass" ? "passed" : action == "fail" ? "failed" : "skipped"
}
END {
	printf "{"
	for (i = 1; i <= n; i++) printf "%s\n  \"%s\": \"%s\"", (i > 1 ? "," : ""), order[i], status[order[i]]
	print "\n}"
}
`)

// goScript runs the tests of a package in one go test, with a limit below the
// judge's: a test that hangs then fails by its name. Packages whose tests have
// the same names share one. Vet would be another way to break a build, and costs
// an eighth of the time.
func goScript(tests []Test) []byte {
	names := map[string][]string{} // top-level tests, by folder
	for _, t := range tests {
		names[t.Dir] = append(names[t.Dir], regexp.QuoteMeta(goTop(t.Name)))
	}
	dirs := map[string][]string{} // by pattern
	for dir, list := range names {
		slices.Sort(list)
		pattern := "-run " + quote("^("+strings.Join(slices.Compact(list), "|")+")$")
		if list[0] == "" {
			pattern = ""
		}
		dirs[pattern] = append(dirs[pattern], quote(goArgument(dir)))
	}
	var text strings.Builder
	text.WriteString("#!/bin/bash\n# Runs the chosen tests, package by package.\nstatus=0\n")
	for _, pattern := range slices.Sorted(maps.Keys(dirs)) {
		slices.Sort(dirs[pattern])
		fmt.Fprintf(&text, "%s %s || status=1\n", strings.TrimSpace(goTestCommand+" "+pattern), strings.Join(dirs[pattern], " "))
	}
	text.WriteString("exit $status\n")
	return []byte(text.String())
}

const goTestCommand = "go test -count=1 -vet=off -timeout=60s -json"

// everywhere is the Dir of tests that are looked for in all packages.
const everywhere = "..."

// goAll asks for every test of every package.
func goAll(*repo.Tree) []Test { return []Test{{Dir: everywhere}} }

// goArgument is what names the package of a folder.
func goArgument(dir string) string {
	if dir == "." {
		return "."
	}
	return "./" + dir
}

// quote makes one word of bash out of any text.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

func goTop(name string) string {
	top, _, _ := strings.Cut(name, "/")
	return top
}

// goTests reads package, name and seconds of each test from the events, and
// finds the file that defines it.
func goTests(l look, ids []string) ([]Test, error) {
	module, err := goModule(l.tree)
	if err != nil {
		return nil, err
	}
	files := goFiles(l.tree)
	seconds := goSeconds(l.log)
	tests := make([]Test, 0, len(ids))
	for _, id := range ids {
		pkg, name, _ := strings.Cut(id, " ")
		dir := path.Clean(strings.TrimPrefix(strings.TrimPrefix(pkg, module), "/"))
		tests = append(tests, Test{ID: id, Dir: dir, Name: name, File: files[dir+" "+goTop(name)], Seconds: seconds[id]})
	}
	return tests, nil
}

var goModuleLine = regexp.MustCompile(`(?m)^module[ \t]+["\x60]?([^\s"\x60]+)`)

// goModule is the module's path.
func goModule(tree *repo.Tree) (string, error) {
	file, err := tree.Read("go.mod")
	if err != nil {
		return "", err
	}
	found := goModuleLine.FindSubmatch(file.Data)
	if found == nil {
		return "", errors.New("go.mod names no module")
	}
	return string(found[1]), nil
}

var goTestFunc = regexp.MustCompile(`(?m)^func ((?:Test|Example|Fuzz)[\pL\pN_]*)\(`)

// goFiles maps "folder TestName" to the file that defines the test.
func goFiles(tree *repo.Tree) map[string]string {
	files := map[string]string{}
	for name := range tree.Paths() {
		if !strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := tree.Read(name)
		if err != nil || file.Mode == repo.Symlink {
			continue
		}
		for _, m := range goTestFunc.FindAllSubmatch(file.Data, -1) {
			files[path.Dir(name)+" "+string(m[1])] = name
		}
	}
	return files
}

// A goEvent is one line of go test -json (go doc test2json).
type goEvent struct {
	Time                                      time.Time
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64
}

// goEvents yields the events of a log, lines that are none left out.
func goEvents(log []byte) iter.Seq[goEvent] {
	return func(yield func(goEvent) bool) {
		for line := range bytes.Lines(log) {
			var e goEvent
			if line[0] == '{' && json.Unmarshal(line, &e) == nil && !yield(e) {
				return
			}
		}
	}
}

func goSeconds(log []byte) map[string]float64 {
	seconds := map[string]float64{}
	for e := range goEvents(log) {
		if e.Test != "" && e.Elapsed > 0 {
			seconds[e.Package+" "+e.Test] = e.Elapsed
		}
	}
	return seconds
}

// goHung lists the top-level tests that began and never ended, sorted, and says how
// long they took of a run: those that still ran when go test gave up. They have
// no result, so a parser does not know of them.
func goHung(log []byte) (names []string, took time.Duration) {
	began := map[string]map[string]time.Time{} // by package and test
	for e := range goEvents(log) {
		running := began[e.Package]
		switch {
		case e.Action == "run" && running == nil:
			began[e.Package] = map[string]time.Time{e.Test: e.Time}
		case e.Action == "run":
			running[e.Test] = e.Time
		case e.Test != "" && (e.Action == "pass" || e.Action == "fail" || e.Action == "skip"):
			delete(running, e.Test)
		case e.Test == "" && e.Action == "fail":
			for name, since := range running {
				if name == goTop(name) {
					names, took = append(names, e.Package+" "+name), max(took, e.Time.Sub(since))
				}
			}
		}
	}
	slices.Sort(names)
	return names, took
}

// goProblem names the first package that does not build, with what the compiler
// says about it.
func goProblem(log []byte) string {
	said := map[string][]string{}
	for e := range goEvents(log) {
		switch {
		case e.Action == "build-output" && !strings.HasPrefix(e.Output, "#") && len(said[e.ImportPath]) < 3:
			said[e.ImportPath] = append(said[e.ImportPath], strings.TrimSpace(e.Output))
		case e.Action == "build-fail":
			name, _, _ := strings.Cut(e.ImportPath, " ")
			return fmt.Sprintf("the tests of %s do not compile: %s", name, strings.Join(said[e.ImportPath], "; "))
		}
	}
	return ""
}

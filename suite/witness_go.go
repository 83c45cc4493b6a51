package suite

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// goEvents reads what go test -json writes (go doc test2json).
type goEvents struct {
	said    Testimony
	started []string // packages and tests that run
}

func (g *goEvents) line(text string) {
	if !strings.HasPrefix(text, "{") || !strings.Contains(text, `"Action":"`) {
		return
	}
	var event struct{ Action, Package, ImportPath, Test string }
	if json.Unmarshal([]byte(text), &event) != nil || event.Package+event.ImportPath == "" {
		return
	}
	g.said.Runner = "go test -json"
	name := strings.TrimSuffix(event.Package+" "+event.Test, " ")
	switch event.Action {
	case "start", "run":
		g.started = append(g.started, name)
	case "pass", "skip":
		g.started = without(g.started, name)
		if event.Action == "pass" && event.Test != "" {
			g.said.Passed++
		}
	case "fail":
		g.started = without(g.started, name)
		g.said.Failed++
		g.said.fail(name)
	case "build-fail":
		g.said.Failed++
		g.said.fail(event.ImportPath + " [build]")
	}
}

func (g *goEvents) testify() Testimony {
	g.said.Unfinished = unended(g.started)
	return g.said
}

// goText reads what go test -v writes.
type goText struct {
	said    Testimony
	started []string // tests that run; names repeat between packages
}

var (
	// A test's own output without a final newline stands before "---" on its line.
	goEnd     = regexp.MustCompile(`--- (PASS|FAIL|SKIP): (\S+) \(\d`)
	goPackage = regexp.MustCompile(`^(ok  |FAIL)\t(\S+)`)
)

func (g *goText) line(text string) {
	if strings.HasPrefix(text, "{") {
		return // an event of go test -json, which quotes such lines
	}
	if name, ok := strings.CutPrefix(text, "=== RUN   "); ok {
		g.said.Runner = "go test"
		g.started = append(g.started, name)
		return
	}
	if m := goEnd.FindStringSubmatch(text); m != nil {
		g.end(m[1], m[2])
	} else if m := goPackage.FindStringSubmatch(text); m != nil {
		g.said.Runner = "go test"
		if m[1] == "FAIL" {
			g.said.Failed++
			g.said.fail(m[2])
		}
	}
}

func (g *goText) end(how, name string) {
	g.said.Runner = "go test"
	g.started = without(g.started, name)
	switch how {
	case "PASS":
		g.said.Passed++
	case "FAIL":
		g.said.Failed++
		g.said.fail(name)
	}
}

func (g *goText) testify() Testimony {
	g.said.Unfinished = unended(g.started)
	return g.said
}

// without removes the latest start of name.
func without(started []string, name string) []string {
	for i, other := range slices.Backward(started) {
		if other == name {
			return slices.Delete(started, i, i+1)
		}
	}
	return started
}

func unended(started []string) string {
	if len(started) == 0 {
		return ""
	}
	return Printable(started[len(started)-1]) + " was started and did not end"
}

package survey

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// detect finds the framework of a tree: by its files which ones it may be, and
// in a sandbox whether they are installed.
func detect(ctx context.Context, s Subject) (Framework, error) {
	known := recognise(s.Tree)
	for _, f := range known {
		out, err := s.output(ctx, nil, sandbox.Cmd{Args: []string{"bash", "-c", probes[f] + " >/dev/null 2>&1 && echo found"}})
		if err != nil {
			return "", fmt.Errorf("survey: %w", err)
		}
		if bytes.Contains(out, []byte("found")) {
			return f, nil
		}
	}
	if len(known) > 0 {
		return "", s.unplayable(fmt.Sprintf("its tests need %s, and %q does not work in a sandbox", known[0], probes[known[0]]),
			"the runner must be on this machine, or installed by the setup command")
	}
	return "", s.unplayable("it has no tests of a known framework",
		"*_test.go below a go.mod, test_*.py for pytest or unittest, or *.test.js for node --test")
}

// probes are commands that work where a framework is installed.
var probes = map[Framework]string{
	GoTest:   "go version",
	Pytest:   "python3 -m pytest --version",
	Unittest: "python3 -m unittest --help",
	NodeTest: "node --test --help",
}

// recognise lists the frameworks that the files of a tree are for. Where pytest
// is not to be had, unittest runs what is written for it.
func recognise(tree *repo.Tree) (list []Framework) {
	for name := range tree.Paths() {
		var found Framework
		switch {
		case goTestFile.MatchString(name):
			if _, ok := tree.Mode("go.mod"); ok {
				found = GoTest
			}
		case pythonTest.MatchString(name):
			found = Pytest
		case nodeTestFile(tree, name):
			found = NodeTest
		}
		if found != "" && !slices.Contains(list, found) {
			list = append(list, found)
		}
	}
	if i := slices.Index(list, Pytest); i >= 0 {
		list = slices.Insert(list, i+1, Unittest)
	}
	order := []Framework{GoTest, Pytest, Unittest, NodeTest}
	slices.SortFunc(list, func(a, b Framework) int { return slices.Index(order, a) - slices.Index(order, b) })
	return list
}

var (
	goTestFile = regexp.MustCompile(`_test\.go$`)
	nodeName   = regexp.MustCompile(`(^|/)([^/]+[.-]test|test[.-][^/]+|test)\.[cm]?js$|(^|/)test/[^/]+\.[cm]?js$`)
)

// nodeTestFile says whether a file is a test of Node's own runner: by its name,
// as node --test has it, and by what it imports.
func nodeTestFile(tree *repo.Tree, name string) bool {
	if mode, _ := tree.Mode(name); !nodeName.MatchString(name) || mode == repo.Symlink || strings.Contains(name, "node_modules/") {
		return false
	}
	file, err := tree.Read(name)
	return err == nil && bytes.Contains(file.Data, []byte("node:test"))
}

package survey

import (
	"context"
	_ "embed"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

//go:embed node/parser.js
var nodeParser []byte

// nodeCounter runs test files with V8's counters, which nodeCounts reads between
// the tests, and tells which lines each test ran.
//
//go:embed node/counter.js
var nodeCounter []byte

//go:embed node/counts.js
var nodeCounts []byte

// nodeScript runs whole files, each by itself, since node --test does not say
// which file a test is in, and what its filter by name does to subtests changes
// from version to version.
func nodeScript(tests []Test) []byte {
	var text strings.Builder
	text.WriteString("#!/bin/bash\n# Runs the chosen tests, file by file.\nstatus=0\nfor file in " + words(tests) + "; do\n" +
		"\t[ -e \"$file\" ] || continue\n\techo \"# file: ${file#./}\"\n" +
		"\tnode --test --test-reporter=tap \"$file\" || status=1\ndone\nexit $status\n")
	return []byte(text.String())
}

const nodeArrow = " > " // between the parts of an id

// nodeTop is "file > suite" of "file > suite > test".
func nodeTop(name string) string {
	parts := strings.SplitN(name, nodeArrow, 3)
	return strings.Join(parts[:min(len(parts), 2)], nodeArrow)
}

func nodeAll(tree *repo.Tree) (tests []Test) {
	for name := range tree.Paths() {
		if nodeTestFile(tree, name) {
			tests = append(tests, Test{File: name, Dir: path.Dir(name), Name: name})
		}
	}
	return tests
}

func nodeTests(_ look, ids []string) ([]Test, error) {
	tests := make([]Test, 0, len(ids))
	for _, id := range ids {
		file, _, _ := strings.Cut(id, nodeArrow)
		tests = append(tests, Test{ID: id, Dir: path.Dir(file), File: file, Name: id})
	}
	return tests, nil
}

var nodeBroken = regexp.MustCompile(`(?m)^# ((?:SyntaxError|ReferenceError|Error \[ERR_MODULE_NOT_FOUND\]|Error: Cannot find module).*)$`)

// nodeProblem is what keeps a file from being loaded.
func nodeProblem(log []byte) string {
	if m := nodeBroken.FindSubmatch(log); m != nil {
		return "a test file cannot be loaded: " + string(m[1])
	}
	return ""
}

// nodeCover measures the top-level tests of file by file. What a file runs before
// its first test is said of all of them, and so is all of it where Node does not
// tell the tests' full names (before 20.16).
func nodeCover(ctx context.Context, s Subject, tests []Test) (map[string][]Span, error) {
	files := unique(tests, func(t Test) string { return t.File })
	out, err := s.output(ctx, map[string]repo.File{
		"counter.js": {Mode: repo.Regular, Data: nodeCounter}, "counts.js": {Mode: repo.Regular, Data: nodeCounts},
	}, sandbox.Cmd{Args: append([]string{"node", sandbox.FileDir + "/counter.js"}, files...)})
	if err != nil {
		return nil, err
	}
	ran := traces(out, s.Tree)
	spans := map[string][]Span{}
	for _, t := range tests {
		if all := append(slices.Clone(ran[t.File]), ran[t.ID]...); len(all) > 0 {
			spans[t.ID] = merge(all)
		}
	}
	return spans, nil
}

package mutate

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// A JavaScript finds edits of JavaScript sources. They are edits of tokens, so
// that whether a result is a program is asked of the Node that runs the tests,
// for thousands of edits in one process.
//
// Files that Node cannot parse as they are (TypeScript, JSX) have no edits.
type JavaScript struct {
	Run     Run
	Sources map[string][]byte // by path: the code, without its tests
}

// scriptLimit bounds the edits that one question may hold.
const scriptLimit = 40_000

// Functions lists the functions of all files that have a name, in the order of
// files and lines.
func (j JavaScript) Functions() (list []Function) {
	for _, file := range slices.Sorted(maps.Keys(j.Sources)) {
		list = append(list, JavaScriptFunctions(file, j.Sources[file])...)
	}
	return list
}

// Edits returns the edits of some files in the order of the files and of what
// stands in them. Each result parses.
func (j JavaScript) Edits(ctx context.Context, files []string) ([]Edit, error) {
	var edits []Edit
	for _, file := range files {
		edits = appendLimited(edits, JavaScriptEdits(file, j.Sources[file]), scriptLimit)
	}
	return j.parsing(ctx, edits)
}

// Repairs returns edits of some functions for who looks for a fix, the most
// plausible of each function first: at most each of them per function, default
// 1000. Each result parses.
func (j JavaScript) Repairs(ctx context.Context, functions []Function, each int) ([]Edit, error) {
	if each <= 0 {
		each = 1000
	}
	var edits []Edit
	for file, within := range byFile(functions) {
		repairs := slices.Collect(javaScriptRepairs(file, j.Sources[file]))
		for _, f := range within {
			edits = appendLimited(edits, inside(repairs, f), min(scriptLimit, len(edits)+each))
		}
	}
	return j.parsing(ctx, edits)
}

// byFile yields the functions of each file, sorted by file.
func byFile(functions []Function) iter.Seq2[string, []Function] {
	files := map[string][]Function{}
	for _, f := range functions {
		files[f.File] = append(files[f.File], f)
	}
	return func(yield func(string, []Function) bool) {
		for _, file := range slices.Sorted(maps.Keys(files)) {
			if !yield(file, files[file]) {
				return
			}
		}
	}
}

// inside yields the edits in a function, but for those in functions within it.
func inside(edits []Edit, f Function) iter.Seq[Edit] {
	return func(yield func(Edit) bool) {
		for _, e := range edits {
			if e.Func == f.Name && f.First <= e.Line && e.Line <= f.Last && !yield(e) {
				return
			}
		}
	}
}

func appendLimited(list []Edit, more iter.Seq[Edit], most int) []Edit {
	for e := range more {
		if len(list) >= most {
			break
		}
		list = append(list, e)
	}
	return list
}

//go:embed javascript_check.js
var scriptCheck string

// parsing returns the edits after which their file is still a program.
func (j JavaScript) parsing(ctx context.Context, edits []Edit) ([]Edit, error) {
	if len(edits) == 0 {
		return nil, nil
	}
	question := struct {
		Files map[string][]byte `json:"files"`
		Edits [][]Change        `json:"edits"`
	}{Files: map[string][]byte{}}
	for _, e := range edits {
		question.Files[e.File] = j.Sources[e.File]
		question.Edits = append(question.Edits, e.Changes)
	}
	stdin, err := json.Marshal(question)
	if err != nil {
		return nil, fmt.Errorf("check JavaScript edits: %w", err)
	}
	answer, err := j.Run(ctx, []string{"node", "--no-warnings", "--experimental-vm-modules", "-e", scriptCheck}, stdin)
	if err != nil {
		return nil, fmt.Errorf("check JavaScript edits: %w", err)
	}
	if len(answer) != len(edits) || strings.Trim(string(answer), "01") != "" {
		return nil, fmt.Errorf("check JavaScript edits: %d answers to %d questions", len(answer), len(edits))
	}
	var parse []Edit
	for i, e := range edits {
		if answer[i] == '1' {
			parse = append(parse, e)
		}
	}
	return parse, nil
}

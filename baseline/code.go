package baseline

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/mutate"
)

// code is what can be edited in a repository, whatever its language.
type code struct {
	functions []mutate.Function // sorted by file and line
	edits     func(ctx context.Context, dir string) iter.Seq2[mutate.Edit, error]
	module    *mutate.GoModule   // nil: not Go
	python    *mutate.Python     // nil: not Python
	script    *mutate.JavaScript // nil: not JavaScript
}

// openCode reads the code that the tests of a framework can test.
func openCode(ctx context.Context, s survey.Subject, f survey.Framework) (*code, error) {
	switch f {
	case survey.GoTest:
		return openGoCode(ctx, s)
	case survey.Pytest, survey.Unittest:
		return openPythonCode(ctx, s)
	case survey.NodeTest:
		return openJavaScriptCode(s)
	}
	return nil, &inject.UnplayableError{
		Source:  s.Source,
		Problem: fmt.Sprintf("its tests run by %s, and no edits are known for what they test", f),
		Want:    "the built-in player edits Go, Python and JavaScript",
	}
}

func openGoCode(ctx context.Context, s survey.Subject) (*code, error) {
	external, err := survey.GoImporter(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("inject: %w", err)
	}
	module, err := mutate.LoadGo(reader(s), s.Tree.Paths(), external)
	if err != nil {
		return nil, fmt.Errorf("inject: %w", err)
	}
	c := &code{module: module, edits: func(_ context.Context, dir string) iter.Seq2[mutate.Edit, error] {
		return func(yield func(mutate.Edit, error) bool) {
			for e := range module.Edits(dir) {
				if !yield(e, nil) {
					return
				}
			}
		}
	}}
	for _, dir := range module.Dirs() {
		c.functions = append(c.functions, module.Functions(dir)...)
	}
	c.sort()
	return c, nil
}

// reader reads the files of a subject's tree.
func reader(s survey.Subject) mutate.Reader {
	return func(path string) ([]byte, error) {
		file, err := s.Tree.Read(path)
		return file.Data, err
	}
}

func (c *code) sort() {
	slices.SortStableFunc(c.functions, func(a, b mutate.Function) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.First, b.First))
	})
}

// has says whether a file has functions that can be edited.
func (c *code) has(file string) bool {
	_, ok := slices.BinarySearchFunc(c.functions, file, func(f mutate.Function, file string) int { return strings.Compare(f.File, file) })
	return ok
}

// function returns the innermost function around a line; nil: none.
func (c *code) function(file string, line int) (found *mutate.Function) {
	for i, f := range c.functions {
		if f.File == file && f.First <= line && line <= f.Last {
			found = &c.functions[i]
		}
	}
	return found
}

// removes says whether an operator takes away a function or what it does, and not
// only something in it.
func removes(operator string) bool {
	return operator == "body-remove" || operator == "function-remove" || operator == "method-remove"
}

func dirOf(file string) string { return path.Dir(file) }

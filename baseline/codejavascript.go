package baseline

import (
	"context"
	"fmt"
	"iter"
	"path"
	"slices"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/mutate"
)

// openJavaScriptCode reads the JavaScript code of a tree. Its edits are checked
// in a sandbox, by the Node that runs the tests.
func openJavaScriptCode(s survey.Subject) (*code, error) {
	sources, err := sourcesOf(s, ".js", ".cjs", ".mjs")
	if err != nil {
		return nil, err
	}
	c := &code{script: &mutate.JavaScript{Run: inSandbox(s), Sources: sources}}
	c.edits = c.javaScriptEdits
	c.functions = c.script.Functions()
	c.sort()
	return c, nil
}

func (c *code) javaScriptEdits(ctx context.Context, dir string) iter.Seq2[mutate.Edit, error] {
	return func(yield func(mutate.Edit, error) bool) {
		edits, err := c.script.Edits(ctx, within(dir, c.script.Sources))
		if err != nil {
			yield(mutate.Edit{}, fmt.Errorf("inject: %w", err))
			return
		}
		for _, e := range edits {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// within lists the files of a folder, sorted.
func within(dir string, sources map[string][]byte) (files []string) {
	for name := range sources {
		if path.Dir(name) == dir {
			files = append(files, name)
		}
	}
	slices.Sort(files)
	return files
}

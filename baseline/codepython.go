package baseline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// mostSource bounds the bytes of Python or JavaScript that are read for edits.
const mostSource = 16 << 20

// openPythonCode reads the Python code of a tree. It is parsed in a sandbox, by
// the interpreter that runs the tests.
func openPythonCode(ctx context.Context, s survey.Subject) (*code, error) {
	sources, err := sourcesOf(s, ".py")
	if err != nil {
		return nil, err
	}
	c := &code{python: &mutate.Python{Run: inSandbox(s), Sources: sources}}
	c.edits = c.pythonEdits
	if c.functions, err = c.python.Functions(ctx); err != nil {
		return nil, fmt.Errorf("inject: %w", err)
	}
	c.sort()
	return c, nil
}

// sourcesOf reads the code files of a tree with some extensions, as far as they
// are not too much.
func sourcesOf(s survey.Subject, extensions ...string) (map[string][]byte, error) {
	sources, size := map[string][]byte{}, 0
	for name := range s.Tree.Paths() {
		if !slices.Contains(extensions, path.Ext(name)) || steers(name) {
			continue
		}
		file, err := s.Tree.Read(name)
		if err != nil {
			return nil, fmt.Errorf("inject: %w", err)
		}
		if size += len(file.Data); file.Mode != repo.Symlink && size <= mostSource {
			sources[name] = file.Data
		}
	}
	return sources, nil
}

func (c *code) pythonEdits(ctx context.Context, dir string) iter.Seq2[mutate.Edit, error] {
	return func(yield func(mutate.Edit, error) bool) {
		edits, err := c.python.Edits(ctx, within(dir, c.python.Sources))
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

// inSandbox returns what runs a command beside a subject's tests.
func inSandbox(s survey.Subject) mutate.Run {
	return func(ctx context.Context, args []string, stdin []byte) (out []byte, err error) {
		limits := s.Limits
		limits.Output = 256 << 20
		box, err := s.Provider.New(ctx, sandbox.Spec{Tree: s.Tree, Setup: s.Setup, Limits: limits})
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, box.Close()) }()
		result, err := box.Run(ctx, sandbox.Cmd{Args: args, Stdin: stdin, Timeout: 2 * time.Minute})
		if err != nil {
			return nil, err
		}
		if !result.OK() || result.Dropped > 0 {
			return nil, fmt.Errorf("%s ended with %s: %s", args[0], result.Class, lastLine(result.Errors))
		}
		return result.Output, nil
	}
}

func lastLine(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

package mutate

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Run runs a command and returns what it printed, all of it or an error. It
// runs in a sandbox: the command reads code that nobody trusts.
type Run func(ctx context.Context, args []string, stdin []byte) ([]byte, error)

// A Python finds edits of Python sources, through the ast module of the
// interpreter that the tests run under (3.8 or later). Only that interpreter
// knows what compiles, and a parser is safest where a crash harms nobody.
//
// What comes back is data of a stranger: every edit is checked against Sources
// before it is handed on. Files that are not UTF-8 or do not parse have none.
type Python struct {
	Run     Run
	Sources map[string][]byte // by path: the code, without its tests
}

// Edits returns the edits of some files, nil for all, in the order of the files
// and of what stands in them. Each result compiles.
func (p Python) Edits(ctx context.Context, files []string) ([]Edit, error) {
	answer, err := p.ask(ctx, pythonRequest{What: "edits", Asked: files})
	return answer.Edits, err
}

// Repairs returns edits of some functions for who looks for a fix, the most
// plausible of each function first: at most each of them per function, default
// 1000. Each result compiles.
func (p Python) Repairs(ctx context.Context, functions []Function, each int) ([]Edit, error) {
	if each <= 0 {
		each = 1000
	}
	answer, err := p.ask(ctx, pythonRequest{What: "repairs", Places: functions, Each: each})
	return answer.Edits, err
}

// Functions lists the functions of all files in the order of files and lines,
// those in classes and in other functions included.
func (p Python) Functions(ctx context.Context) ([]Function, error) {
	answer, err := p.ask(ctx, pythonRequest{What: "functions"})
	return answer.Functions, err
}

// The script is one program in parts, in this order.
//
//go:embed python_*.py
var pythonParts embed.FS

var pythonOrder = []string{"source", "operators", "removals", "repairs", "main"}

func pythonScript() (string, error) {
	var script strings.Builder
	for _, part := range pythonOrder {
		text, err := pythonParts.ReadFile("python_" + part + ".py")
		if err != nil {
			return "", err
		}
		script.Write(text)
	}
	return script.String(), nil
}

type pythonRequest struct {
	What   string            `json:"what"`
	Files  map[string][]byte `json:"files"`
	Asked  []string          `json:"asked"`
	Places []Function        `json:"places"`
	Each   int               `json:"each"`
	Limit  int               `json:"limit"`
}

type pythonAnswer struct {
	Edits     []Edit
	Functions []Function
}

// pythonLimit is how many edits one request may have. At 300 bytes each they
// stay below what a sandbox keeps of a command's output.
const pythonLimit = 40_000

// ask runs the script without the user's packages and without the work tree on
// its path, where a file named ast.py might wait.
func (p Python) ask(ctx context.Context, r pythonRequest) (pythonAnswer, error) {
	r.Files, r.Limit = p.Sources, pythonLimit
	if r.Asked == nil {
		r.Asked = slices.Sorted(maps.Keys(p.Sources))
	}
	script, err := pythonScript()
	if err != nil {
		return pythonAnswer{}, fmt.Errorf("read Python sources: %w", err)
	}
	stdin, err := json.Marshal(r)
	if err != nil {
		return pythonAnswer{}, fmt.Errorf("read Python sources: %w", err)
	}
	out, err := p.Run(ctx, []string{"python3", "-I", "-S", "-c", script}, stdin)
	if err != nil {
		return pythonAnswer{}, fmt.Errorf("read Python sources: %w", err)
	}
	var answer pythonAnswer
	if err := json.Unmarshal(out, &answer); err != nil {
		return pythonAnswer{}, fmt.Errorf("read Python sources: the script's answer: %w", err)
	}
	return answer, answer.check(p.Sources)
}

// check refuses an answer that does not fit the sources.
func (a pythonAnswer) check(sources map[string][]byte) error {
	if len(a.Edits) > pythonLimit {
		return fmt.Errorf("read Python sources: %d edits, where at most %d were asked for", len(a.Edits), pythonLimit)
	}
	for _, e := range a.Edits {
		if err := e.fits(sources); err != nil {
			return fmt.Errorf("read Python sources: %s at %s:%d: %w", clip(e.Operator), clip(e.File), e.Line, err)
		}
	}
	for _, f := range a.Functions {
		if _, ok := sources[f.File]; !ok || f.First < 1 || f.Last < f.First {
			return fmt.Errorf("read Python sources: function %s is at no place of %s", clip(f.Name), clip(f.File))
		}
	}
	return nil
}

// fits says why an edit, from somebody else, is not one of some sources: its
// names are plain, and each change finds what it replaces.
func (e Edit) fits(sources map[string][]byte) error {
	src, ok := sources[e.File]
	switch {
	case !ok:
		return fmt.Errorf("there is no such file")
	case e.Line < 1 || e.Line > 2+len(src):
		return fmt.Errorf("there is no such line")
	case len(e.Changes) == 0:
		return fmt.Errorf("it changes nothing")
	case !slices.IsSortedFunc(e.Changes, byOffset):
		return fmt.Errorf("its changes are not sorted")
	case strings.Trim(e.Operator, "abcdefghijklmnopqrstuvwxyz-") != "" || e.Operator == "":
		return fmt.Errorf("the operator's name is not a name")
	}
	for _, c := range e.Changes {
		if src, ok := sources[c.File]; !ok || c.Start < 0 || c.Start > len(src) || !strings.HasPrefix(string(src[c.Start:min(len(src), c.Start+len(c.Before))]), c.Before) {
			return fmt.Errorf("%q does not stand at byte %d of %s", clip(c.Before), c.Start, clip(c.File))
		}
		if !utf8.ValidString(c.After) || strings.ContainsRune(c.After, 0) {
			return fmt.Errorf("the new text is not UTF-8")
		}
	}
	return nil
}

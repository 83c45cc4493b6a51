package survey

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"iter"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// pytestPlugin keeps the chosen tests and drops the others. It asks for names
// that pytest may not find, which pytest itself would refuse as arguments, and
// then run nothing: a weakening deletes tests.
//
//go:embed python/chosen_tests.py
var pytestPlugin string

//go:embed python/chosen_unittest.py
var unittestProgram string

//go:embed python/pytest_parser.py
var pytestParser []byte

//go:embed python/unittest_parser.py
var unittestParser []byte

// tracer is imported by Python itself, as sitecustomize, and tells which lines
// each test runs.
//
//go:embed python/tracer.py
var tracer []byte

// pythonHead puts the tree's own code before what is installed, and the files
// that the script brings before both.
const pythonHead = `#!/bin/bash
# Runs the chosen tests.
chosen=$(mktemp -d)
trap 'rm -rf "$chosen"' EXIT
export PYTHONPATH="$chosen:src:.${PYTHONPATH:+:$PYTHONPATH}" PYTHONDONTWRITEBYTECODE=1
`

// pytestCommand leaves out what the project's own configuration adds to the
// command line, and plugins that change order, processes or output.
const pytestCommand = `python3 -m pytest -v --tb=line --rootdir=. --continue-on-collection-errors -p chosen_tests \
	-o addopts= -o log_cli=false -o console_output_style=classic \
	-p no:cacheprovider -p no:randomly -p no:random_order -p no:xdist -p no:sugar -o verbosity_subtests=0`

func pytestScript(tests []Test) []byte {
	var text strings.Builder
	text.WriteString(pythonHead)
	heredoc(&text, "chosen_tests.py", pytestPlugin)
	heredoc(&text, "chosen_tests.json", list(tests, func(t Test) string { return t.Name }))
	text.WriteString("files=()\nfor file in " + words(tests) + "; do [ -e \"$file\" ] && files+=(\"$file\"); done\n")
	text.WriteString("[ ${#files[@]} -gt 0 ] || exit 1\n")
	text.WriteString(pytestCommand + ` "${files[@]}"` + "\n")
	return []byte(text.String())
}

func unittestScript(tests []Test) []byte {
	var text strings.Builder
	text.WriteString(pythonHead)
	heredoc(&text, "chosen_unittest.py", unittestProgram)
	heredoc(&text, "chosen_tests.json", list(tests, func(t Test) string { return t.Name }))
	heredoc(&text, "chosen_files.json", list(tests, func(t Test) string { return t.File }))
	text.WriteString("python3 \"$chosen/chosen_unittest.py\"\n")
	return []byte(text.String())
}

// heredoc writes a file of the script. A line "END" is in no JSON and in none of
// the programs.
func heredoc(text *strings.Builder, name, content string) {
	text.WriteString("cat >\"$chosen/" + name + "\" <<'END'\n" + strings.TrimSuffix(content, "\n") + "\nEND\n")
}

// list is something of the tests, each once, as JSON with a line for each.
func list(tests []Test, of func(Test) string) string {
	data, _ := json.MarshalIndent(unique(tests, of), "", " ") // strings always can
	return string(data)
}

// words are the tests' files as words of bash.
func words(tests []Test) string {
	files := unique(tests, func(t Test) string { return t.File })
	for i, file := range files {
		files[i] = quote("./" + file)
	}
	return strings.Join(files, " ")
}

func unique(tests []Test, of func(Test) string) []string {
	set := map[string]bool{}
	for _, t := range tests {
		set[of(t)] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// pytestTop is the function of a node id: "tests/test_a.py::TestB::test_c" of
// "tests/test_a.py::TestB::test_c[1-2]".
func pytestTop(name string) string {
	if start := strings.Index(name, "::"); start >= 0 {
		if end := strings.IndexByte(name[start:], '['); end >= 0 {
			return name[:start+end]
		}
	}
	return name
}

func unittestTop(name string) string { return name }

// pytestAll asks for every file that pytest would look into by its defaults.
func pytestAll(tree *repo.Tree) (tests []Test) {
	for file := range pythonTests(tree) {
		tests = append(tests, Test{File: file, Dir: path.Dir(file), Name: file})
	}
	return tests
}

// unittestAll asks for the modules of the same files.
func unittestAll(tree *repo.Tree) (tests []Test) {
	for file := range pythonTests(tree) {
		tests = append(tests, Test{File: file, Dir: path.Dir(file), Name: pythonModule(tree, file)})
	}
	return tests
}

// pythonTests yields the test files of a tree, by pytest's names, which include
// those of unittest.
func pythonTests(tree *repo.Tree) iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range tree.Paths() {
			if mode, _ := tree.Mode(name); pythonTest.MatchString(name) && mode != repo.Symlink && !yield(name) {
				return
			}
		}
	}
}

var pythonTest = regexp.MustCompile(`(^|/)(test[^/]*|[^/]+_test)\.py$`)

// pythonModule is the name under which a file is imported: from the topmost of
// the packages that it is in, as pytest has it.
func pythonModule(tree *repo.Tree, file string) string {
	name := strings.TrimSuffix(path.Base(file), ".py")
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		if _, ok := tree.Mode(dir + "/__init__.py"); !ok {
			break
		}
		name = path.Base(dir) + "." + name
	}
	return name
}

// pytestTests knows all from the node ids.
func pytestTests(l look, ids []string) ([]Test, error) {
	seconds := l.pace(pytestResult)
	tests := make([]Test, 0, len(ids))
	for _, id := range ids {
		file, _, _ := strings.Cut(id, "::")
		tests = append(tests, Test{ID: id, Dir: path.Dir(file), File: file, Name: id, Seconds: seconds[id]})
	}
	return tests, nil
}

// unittestTests finds the file of each test by the module in its name.
func unittestTests(l look, ids []string) ([]Test, error) {
	seconds := l.pace(unittestResult)
	modules := map[string]string{}
	for file := range pythonTests(l.tree) {
		modules[pythonModule(l.tree, file)] = file
	}
	tests := make([]Test, 0, len(ids))
	for _, id := range ids {
		file := modules[id]
		for module := id; file == "" && strings.Contains(module, "."); file = modules[module] {
			module = module[:strings.LastIndexByte(module, '.')]
		}
		tests = append(tests, Test{ID: id, Dir: path.Dir(file), File: file, Name: id, Seconds: seconds[id]})
	}
	return tests, nil
}

// The lines with a result, as the parsers read them; the first group is the id.
var (
	pytestResult   = regexp.MustCompile(`^(\S.*?::.+?) (?:PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)(?: \(.*)?$`)
	unittestResult = regexp.MustCompile(`^\s*\w+ \(([\w.<>]+)\).* \.\.\. \w+`)
)

// pythonProblem names the first file that cannot be imported.
func pythonProblem(log []byte) string {
	if m := pytestBroken.FindSubmatch(log); m != nil {
		reason := ""
		if why := pytestReason.FindSubmatch(log); why != nil {
			reason = ": " + string(why[1])
		}
		return string(m[1]) + " cannot be imported" + reason
	}
	if m := unittestBroken.FindSubmatch(log); m != nil {
		return string(m[1]) + " cannot be imported: " + string(m[2])
	}
	return ""
}

var (
	pytestBroken   = regexp.MustCompile(`(?m)^ERROR ([^:\n]+\.py)(?: - .*)?$`)
	pytestReason   = regexp.MustCompile(`(?m)^E   (\w*(?:Error|Exception)\b.*)$`)
	unittestBroken = regexp.MustCompile(`(?m)^ImportError: Failed to import test module: (\S+)\n(?:.*\n){0,100}?(\w*(?:Error|Exception)\b.*)`)
)

func pytestCover(ctx context.Context, s Subject, tests []Test) (map[string][]Span, error) {
	return pythonCover(ctx, s, pytestScript, tests)
}

func unittestCover(ctx context.Context, s Subject, tests []Test) (map[string][]Span, error) {
	return pythonCover(ctx, s, unittestScript, tests)
}

// pythonCover runs a script under the tracer.
func pythonCover(ctx context.Context, s Subject, script func([]Test) []byte, tests []Test) (map[string][]Span, error) {
	const name = "test_script.sh"
	out, err := s.output(ctx, map[string]repo.File{
		"sitecustomize.py": {Mode: repo.Regular, Data: tracer},
		name:               {Mode: repo.Executable, Data: script(tests)},
	}, sandbox.Cmd{
		Args: []string{"bash", sandbox.FileDir + "/" + name},
		Env:  []string{"PYTHONPATH=" + sandbox.FileDir, "PYTEST_PLUGINS=sitecustomize", "TZ=UTC", "LC_ALL=C.UTF-8"},
	})
	if err != nil {
		return nil, err
	}
	return traces(out, s.Tree), nil
}

// traces reads the tracer's lines.
func traces(out []byte, tree *repo.Tree) map[string][]Span {
	spans := map[string][]Span{}
	for line := range bytes.Lines(out) {
		var trace struct {
			Test  string
			Lines map[string][][2]int
		}
		text, ok := bytes.CutPrefix(line, []byte{0x1e})
		if !ok || json.Unmarshal(text, &trace) != nil {
			continue
		}
		for file, pairs := range trace.Lines {
			if _, ok := tree.Mode(file); !ok || testPath.MatchString(file) {
				continue
			}
			for _, p := range pairs {
				spans[trace.Test] = append(spans[trace.Test], span(file, p[0], p[1])...)
			}
		}
	}
	for id, list := range spans {
		spans[id] = merge(list)
	}
	return spans
}

// testPath are files that hold tests, or serve them.
var testPath = regexp.MustCompile(`(^|/)(tests?/.*|__tests__/.*|test_[^/]*\.py|[^/]+_test\.py|conftest\.py|[^/]+\.(test|spec)\.[cm]?[jt]s)$`)

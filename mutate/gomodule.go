package mutate

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"sync"
)

// A GoModule is the source of one Go module, parsed and type-checked as far as
// it is asked for. It reads nothing but what it was given, runs nothing, and is
// safe for concurrent use.
type GoModule struct {
	Path string // the module's path

	version  string // of the language, "go1.21"
	read     Reader
	external types.Importer
	fset     *token.FileSet
	dirs     map[string][]string // the Go files of every folder, sorted

	mu       sync.Mutex
	packages map[string]*goPackage // by folder; nil while it is being loaded
	indexes  map[string]map[types.Object][]mention
	tested   map[string]bool // of testsCompile
	donors   map[string]*donors

	once   sync.Once
	names  map[string]bool // of reserved
	graph  sync.Once
	usedBy map[string][]string // of importers
}

// LoadGo opens the module whose go.mod is among paths, at the root. Paths are
// the files there are (slash-separated, relative), read returns one. Folders that
// the go command would leave out (testdata, vendor, "_x", ".x", nested modules)
// are left out. External imports what is not of this module, the standard library
// included; without it there are no types, and only the operators that need none.
func LoadGo(read Reader, paths iter.Seq[string], external types.Importer) (*GoModule, error) {
	mod, err := read("go.mod")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("load the Go module: there is no go.mod at the root")
	}
	if err != nil {
		return nil, fmt.Errorf("load the Go module: %w", err)
	}
	m := &GoModule{
		read: read, external: external,
		fset: token.NewFileSet(), dirs: goFolders(paths), packages: map[string]*goPackage{},
		indexes: map[string]map[types.Object][]mention{}, tested: map[string]bool{}, donors: map[string]*donors{},
	}
	m.Path, m.version = directives(string(mod))
	if m.Path == "" {
		return nil, errors.New("load the Go module: go.mod has no module line")
	}
	return m, nil
}

// directives returns what the module and go lines of a go.mod say.
func directives(mod string) (module, version string) {
	for line := range strings.Lines(mod) {
		line, _, _ = strings.Cut(line, "//")
		switch words := strings.Fields(line); {
		case len(words) != 2:
		case words[0] == "module":
			module = strings.Trim(words[1], "\"`")
		case words[0] == "go":
			version = "go" + words[1]
		}
	}
	return module, version
}

// goFolders groups the Go files that belong to the module at the root.
func goFolders(paths iter.Seq[string]) map[string][]string {
	dirs, nested := map[string][]string{}, map[string]bool{}
	for p := range paths {
		switch dir := path.Dir(p); {
		case path.Base(p) == "go.mod" && dir != ".":
			nested[dir] = true
		case path.Ext(p) == ".go" && !ignored(p):
			dirs[dir] = append(dirs[dir], p)
		}
	}
	for dir, files := range dirs {
		slices.Sort(files)
		for up := dir; up != "."; up = path.Dir(up) {
			if nested[up] {
				delete(dirs, dir)
			}
		}
	}
	return dirs
}

// ignored says whether the go command looks away from a path.
func ignored(p string) bool {
	for part := range strings.SplitSeq(p, "/") {
		if part == "testdata" || part == "vendor" || strings.HasPrefix(part, "_") || strings.HasPrefix(part, ".") {
			return true
		}
	}
	return false
}

// Dirs lists the folders that hold Go files, sorted; "." is the root.
func (m *GoModule) Dirs() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for dir := range m.dirs {
			if !yield(dir) {
				return
			}
		}
	})
}

// others lists the folders that give code to one: the nearest by their path.
func (m *GoModule) others(dir string) []string {
	list := slices.DeleteFunc(m.Dirs(), func(other string) bool { return other == dir })
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(steps(dir, a), steps(dir, b)) })
	return list[:min(len(list), mostOthers)]
}

// steps counts the steps from one folder to another.
func steps(from, to string) int {
	a, b := strings.Split(path.Join("/", from), "/"), strings.Split(path.Join("/", to), "/")
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	return len(a) + len(b) - 2*same
}

// A Function is a function or method with a body, in a file that can be edited.
type Function struct {
	File  string `json:"file"`
	Name  string `json:"name"`  // as in Edit.Func
	First int    `json:"first"` // line, from 1: where it begins, without its comment
	Last  int    `json:"last"`
}

// Functions lists the functions of a folder's package in the order of files
// and lines. Tests and generated files are left out.
func (m *GoModule) Functions(dir string) []Function {
	var list []Function
	for d := range m.load(dir).decls() {
		if fn, ok := d.node.(*ast.FuncDecl); ok && fn.Body != nil {
			list = append(list, m.function(d))
		}
	}
	return list
}

func (m *GoModule) function(d goDecl) Function {
	return Function{File: d.file.path, Name: d.name, First: m.line(d.node.Pos()), Last: m.line(d.node.End() - 1)}
}

func (m *GoModule) line(pos token.Pos) int {
	return m.fset.PositionFor(pos, false).Line
}

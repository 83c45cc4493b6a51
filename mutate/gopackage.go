package mutate

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"iter"
	"path"
	"runtime"
	"strings"
	"sync"
)

// Larger files are taken for broken: no person wrote them.
const maxGoFile = 2 << 20

// maxNesting is how deep syntax may be nested. What is deeper is a trap for
// whoever walks it, such as the type checker.
const maxNesting = 1000

// A goPackage is the package of one folder without its tests.
type goPackage struct {
	dir     string
	path    string
	files   []*goFile
	types   *types.Package
	info    *types.Info // never nil
	typed   bool        // the package has no errors; otherwise info is incomplete
	err     error       // the first, if it is not typed
	imports map[string]*types.Package
}

// A goFile is one file of a package.
type goFile struct {
	path     string
	src      []byte
	ast      *ast.File
	base     token.Pos   // of its first byte
	editable bool        // not generated
	clean    func() bool // as gofmt leaves it
	uses     map[*ast.ImportSpec]map[ast.Decl]bool
}

// A goDecl is a declaration at the top level of a file that may be edited.
type goDecl struct {
	pkg  *goPackage
	file *goFile
	node ast.Decl
	name string // of a function, as in Edit.Func
}

func (f *goFile) offset(pos token.Pos) int       { return int(pos - f.base) }
func (f *goFile) text(from, to token.Pos) string { return string(f.src[f.offset(from):f.offset(to)]) }
func (d goDecl) text() string                    { return d.file.text(d.node.Pos(), d.node.End()) }

// begin is where a declaration begins, its comment included.
func (d goDecl) begin() token.Pos {
	switch n := d.node.(type) {
	case *ast.FuncDecl:
		if n.Doc != nil {
			return n.Doc.Pos()
		}
	case *ast.GenDecl:
		if n.Doc != nil {
			return n.Doc.Pos()
		}
	}
	return d.node.Pos()
}

// decls yields the declarations that may be edited, in order.
func (p *goPackage) decls() iter.Seq[goDecl] {
	return func(yield func(goDecl) bool) {
		for _, file := range p.files {
			for _, node := range file.ast.Decls {
				if file.editable && !yield(goDecl{p, file, node, declName(node)}) {
					return
				}
			}
		}
	}
}

// declName names a function as Edit.Func does.
func declName(node ast.Decl) string {
	fn, ok := node.(*ast.FuncDecl)
	if !ok {
		return ""
	}
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return fn.Name.Name
	}
	recv, star := ast.Unparen(fn.Recv.List[0].Type), false
	if ptr, ok := recv.(*ast.StarExpr); ok {
		recv, star = ast.Unparen(ptr.X), true
	}
	switch generic := recv.(type) {
	case *ast.IndexExpr:
		recv = generic.X
	case *ast.IndexListExpr:
		recv = generic.X
	}
	name := types.ExprString(recv)
	if star {
		name = "(*" + name + ")"
	}
	return name + "." + fn.Name.Name
}

// load returns the package of a folder, type-checked with what it imports. It
// never fails: what is broken is left out, and the package is not typed then.
func (m *GoModule) load(dir string) *goPackage {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.loadLocked(dir)
}

func (m *GoModule) loadLocked(dir string) *goPackage {
	if p, ok := m.packages[dir]; ok {
		return p
	}
	m.packages[dir] = nil // an import cycle ends here
	p := &goPackage{dir: dir, path: path.Join(m.Path, dir), imports: map[string]*types.Package{}}
	if dir == "." {
		p.path = m.Path
	}
	for _, file := range m.dirs[dir] {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := m.parse(file)
		p.err = cmp.Or(p.err, err)
		if f != nil && (len(p.files) == 0 || p.files[0].ast.Name.Name == f.ast.Name.Name) {
			p.files = append(p.files, f)
		}
	}
	m.check(p)
	m.packages[dir] = p
	return p
}

// parse returns a file's syntax; nil when it is not part of the build.
func (m *GoModule) parse(file string) (f *goFile, err error) {
	defer recovered("parse "+file, &err)
	src, err := m.read(file)
	if err != nil {
		return nil, err
	}
	if len(src) > maxGoFile {
		return nil, fmt.Errorf("parse %s: it is larger than %d bytes", file, maxGoFile)
	}
	if !built(file, src) {
		return nil, nil
	}
	syntax, err := parser.ParseFile(m.fset, file, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if deep(syntax) {
		return nil, fmt.Errorf("parse %s: its syntax is nested deeper than %d", file, maxNesting)
	}
	for _, spec := range syntax.Imports {
		if spec.Path.Value == `"C"` {
			return nil, fmt.Errorf("parse %s: it needs cgo", file)
		}
	}
	return &goFile{
		path: file, src: src, ast: syntax, base: syntax.FileStart,
		editable: !ast.IsGenerated(syntax),
		clean:    sync.OnceValue(func() bool { return formatted(src) }),
	}, nil
}

// formatted says whether a source is as gofmt leaves it.
func formatted(src []byte) bool {
	out, err := format.Source(src)
	return err == nil && bytes.Equal(out, src)
}

// built says whether a file's name and constraints let it be compiled on the
// machines that tests run on: Linux on this processor, without cgo.
func built(file string, src []byte) bool {
	ctxt := build.Default
	ctxt.GOOS, ctxt.GOARCH, ctxt.CgoEnabled, ctxt.BuildTags = "linux", runtime.GOARCH, false, nil
	ctxt.JoinPath = path.Join
	ctxt.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(src)), nil }
	match, err := ctxt.MatchFile(path.Dir(file), path.Base(file))
	return match && err == nil
}

// deep says whether syntax is nested deeper than anybody writes.
func deep(syntax ast.Node) bool {
	depth, deepest := 0, 0
	ast.Inspect(syntax, func(n ast.Node) bool {
		if n == nil {
			depth--
			return true
		}
		depth++
		deepest = max(deepest, depth)
		return true
	})
	return deepest > maxNesting
}

// check type-checks a package, and what of the module it imports before it.
func (m *GoModule) check(p *goPackage) {
	p.info = newInfo()
	if m.external == nil {
		p.err = cmp.Or(p.err, errors.New("types are not known"))
	}
	if excessive(p.files) {
		p.err = cmp.Or(p.err, fmt.Errorf("type-check %s: a constant is longer than %d bytes", p.path, maxConstant))
		return
	}
	if m.external == nil || len(p.files) == 0 {
		return
	}
	var files []*ast.File
	for _, f := range p.files {
		files = append(files, f.ast)
	}
	config := m.config(importerFunc(func(path string) (*types.Package, error) { return m.importLocked(p, path) }))
	config.Error = func(err error) { p.err = cmp.Or(p.err, err) }
	pkg, err := safely(config, p.path, m.fset, files, p.info)
	p.types, p.err = pkg, cmp.Or(p.err, err)
	p.typed = p.types != nil && p.err == nil
	for _, f := range p.files {
		f.uses = importUses(f, p.info)
	}
}

func (m *GoModule) config(importer types.Importer) *types.Config {
	return &types.Config{GoVersion: m.version, Importer: importer, Sizes: types.SizesFor("gc", runtime.GOARCH)}
}

// safely type-checks, and turns a panic of the type checker into an error.
func safely(config *types.Config, path string, fset *token.FileSet, files []*ast.File, info *types.Info) (pkg *types.Package, err error) {
	defer recovered("type-check "+path, &err)
	return config.Check(path, fset, files, info)
}

func recovered(what string, err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%s: %v", what, r)
	}
}

// importLocked imports for a package of the module.
func (m *GoModule) importLocked(p *goPackage, importPath string) (*types.Package, error) {
	pkg, err := m.importAny(importPath)
	if err == nil {
		p.imports[importPath] = pkg
	}
	return pkg, err
}

func (m *GoModule) importAny(importPath string) (*types.Package, error) {
	if importPath == "unsafe" {
		return types.Unsafe, nil
	}
	dir, ours := m.dirOf(importPath)
	if !ours {
		return m.external.Import(importPath)
	}
	switch imported := m.loadLocked(dir); {
	case imported == nil:
		return nil, errors.New("import cycle")
	case imported.types == nil:
		return nil, fmt.Errorf("package %s has no types", importPath)
	default:
		return imported.types, nil
	}
}

// dirOf returns the folder of a package of the module.
func (m *GoModule) dirOf(importPath string) (string, bool) {
	rest, ok := strings.CutPrefix(importPath, m.Path)
	if ok && rest == "" {
		rest = "/."
	}
	dir, ok := strings.CutPrefix(rest, "/")
	return dir, ok && m.dirs[dir] != nil
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

func newInfo() *types.Info {
	return &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Implicits:  map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes:     map[ast.Node]*types.Scope{},
	}
}

// importUses says which declarations of a file use which of its imports.
func importUses(f *goFile, info *types.Info) map[*ast.ImportSpec]map[ast.Decl]bool {
	uses := map[*ast.ImportSpec]map[ast.Decl]bool{}
	specs := importSpecs(f.ast.Imports, info)
	for _, decl := range f.ast.Decls {
		for spec := range usedImports(decl, specs, info) {
			if uses[spec] == nil {
				uses[spec] = map[ast.Decl]bool{}
			}
			uses[spec][decl] = true
		}
	}
	return uses
}

// importSpecs maps the names that imports declare to their specs.
func importSpecs(imports []*ast.ImportSpec, info *types.Info) map[types.Object]*ast.ImportSpec {
	specs := map[types.Object]*ast.ImportSpec{}
	for _, spec := range imports {
		object := info.Implicits[spec]
		if spec.Name != nil {
			object = info.Defs[spec.Name]
		}
		if object != nil {
			specs[object] = spec
		}
	}
	return specs
}

func usedImports(node ast.Node, specs map[types.Object]*ast.ImportSpec, info *types.Info) map[*ast.ImportSpec]bool {
	used := map[*ast.ImportSpec]bool{}
	ast.Inspect(node, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if spec := specs[info.Uses[id]]; spec != nil {
				used[spec] = true
			}
		}
		return true
	})
	return used
}

package mutate

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"runtime"
	"strings"
)

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

func (p *goPackage) syntax() []*ast.File {
	var files []*ast.File
	for _, f := range p.files {
		files = append(files, f.ast)
	}
	return files
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
	config := m.config(importerFunc(func(path string) (*types.Package, error) { return m.importLocked(p, path) }))
	config.Error = func(err error) { p.err = cmp.Or(p.err, err) }
	pkg, err := safely(config, p.path, m.fset, p.syntax(), p.info)
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

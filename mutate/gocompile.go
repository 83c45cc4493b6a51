package mutate

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Check says whether the module compiles with edits applied together, its tests
// included, as far as types are known: a package that does not type-check as it
// is, or whose tests do not, is not judged. Edits of function bodies cost the
// check of those functions; others that of every package that depends on the
// changed ones.
func (m *GoModule) Check(edits ...Edit) error {
	files, err := Apply(m.read, edits...)
	if err != nil {
		return err
	}
	if parts, ok := m.bodies(edits); ok {
		err, judged := m.checkBodies(parts)
		if judged {
			return err
		}
	}
	return m.checkPackages(files)
}

// bodies sorts changes by the function whose body they are in. It returns false
// if one is elsewhere.
func (m *GoModule) bodies(edits []Edit) ([]part, bool) {
	var parts []part
	for _, e := range edits {
		for _, c := range e.Changes {
			d, sp, ok := m.bodyAround(c)
			if !ok {
				return nil, false
			}
			i := slices.IndexFunc(parts, func(p part) bool { return p.decl.node == d.node })
			if i < 0 {
				i, parts = len(parts), append(parts, part{decl: d})
			}
			parts[i].spans = append(parts[i].spans, sp)
		}
	}
	for _, p := range parts {
		slices.SortFunc(p.spans, func(a, b span) int { return int(a.from - b.from) })
	}
	return parts, true
}

// bodyAround finds the function whose body holds a change.
func (m *GoModule) bodyAround(c Change) (goDecl, span, bool) {
	for d := range m.load(path.Dir(c.File)).decls() {
		from := d.file.base + token.Pos(c.Start)
		to := from + token.Pos(len(c.Before))
		fn, ok := d.node.(*ast.FuncDecl)
		if ok && d.file.path == c.File && fn.Body != nil && fn.Body.Lbrace < from && to <= fn.Body.Rbrace {
			return d, span{from, to, c.After}, true
		}
	}
	return goDecl{}, span{}, false
}

// checkBodies checks functions with new bodies. It returns false when that does
// not tell: an import may have lost its last use, or got one.
func (m *GoModule) checkBodies(parts []part) (err error, judged bool) {
	files := map[*goFile][]rewrite{}
	for _, p := range parts {
		r, err := m.recheck(p.decl, p.decl.with(p.spans))
		if err != nil {
			return fmt.Errorf("%s: %w", p.decl.file.path, err), true
		}
		if len(r.unused) > 0 {
			return fmt.Errorf("%s: %w", p.decl.file.path, r.unused[0]), true
		}
		files[p.decl.file] = append(files[p.decl.file], rewrite{part: p, recheck: *r})
	}
	for file, rewrites := range files {
		if len(idleImports(file, rewrites)) > 0 {
			return nil, false
		}
	}
	return nil, true
}

// checkPackages checks packages with changed files, and what imports them.
func (m *GoModule) checkPackages(files map[string][]byte) error {
	changed := m.overlaid(files)
	for _, dir := range m.dependents(files) {
		if !m.load(dir).typed {
			continue
		}
		if p := changed.load(dir); !p.typed {
			return fmt.Errorf("package %s: %w", p.path, p.err)
		}
		if !m.testsCompile(dir) {
			continue
		}
		if err := changed.checkTests(dir); err != nil {
			return fmt.Errorf("tests of package %s: %w", changed.load(dir).path, err)
		}
	}
	return nil
}

// overlaid is the module with other content of some files. Packages that do not
// depend on them are shared.
func (m *GoModule) overlaid(files map[string][]byte) *GoModule {
	read := func(file string) ([]byte, error) {
		if src, ok := files[file]; ok {
			return src, nil
		}
		return m.read(file)
	}
	o := &GoModule{
		Path: m.Path, version: m.version, read: read, external: importerFunc(m.importExternal), dirs: m.dirs,
		fset: token.NewFileSet(), packages: map[string]*goPackage{}, indexes: map[string]map[types.Object][]mention{},
	}
	if m.external == nil {
		o.external = nil
	}
	dependents := m.dependents(files)
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.Copy(o.packages, m.packages)
	for _, dir := range dependents {
		delete(o.packages, dir)
	}
	return o
}

// importExternal is external, for several callers at once.
func (m *GoModule) importExternal(importPath string) (*types.Package, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.external.Import(importPath)
}

// dependents lists the folders of changed files and of packages that import
// them, directly or not.
func (m *GoModule) dependents(files map[string][]byte) []string {
	var queue []string
	for file := range files {
		queue = append(queue, path.Dir(file))
	}
	seen := map[string]bool{}
	for ; len(queue) > 0; queue = queue[1:] {
		if !seen[queue[0]] {
			seen[queue[0]] = true
			queue = append(queue, m.importers()[queue[0]]...)
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// importers lists for each folder those whose packages or tests import it.
func (m *GoModule) importers() map[string][]string {
	m.graph.Do(func() {
		m.usedBy = map[string][]string{}
		for _, dir := range m.Dirs() {
			for importPath := range m.importsOf(dir) {
				if of, ours := m.dirOf(importPath); ours && of != dir {
					m.usedBy[of] = append(m.usedBy[of], dir)
				}
			}
		}
	})
	return m.usedBy
}

func (m *GoModule) importsOf(dir string) map[string]bool {
	paths := map[string]bool{}
	for _, file := range m.dirs[dir] {
		src, err := m.read(file)
		if err != nil {
			continue
		}
		syntax, _ := parser.ParseFile(token.NewFileSet(), file, src, parser.ImportsOnly)
		for _, spec := range imports(syntax) {
			paths[spec] = true
		}
	}
	return paths
}

func imports(syntax *ast.File) []string {
	var paths []string
	if syntax != nil {
		for _, spec := range syntax.Imports {
			if importPath, err := strconv.Unquote(spec.Path.Value); err == nil {
				paths = append(paths, importPath)
			}
		}
	}
	return paths
}

// testsCompile says whether the tests of a folder type-check as they are.
func (m *GoModule) testsCompile(dir string) bool {
	m.mu.Lock()
	compile, known := m.tested[dir]
	m.mu.Unlock()
	if !known {
		compile = m.checkTests(dir) == nil
		m.mu.Lock()
		m.tested[dir] = compile
		m.mu.Unlock()
	}
	return compile
}

// checkTests type-checks the tests of a folder: those in the package together
// with it, then those beside it.
func (m *GoModule) checkTests(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.loadLocked(dir)
	var inside, beside []*ast.File
	for _, f := range p.files {
		inside = append(inside, f.ast)
	}
	for _, file := range m.dirs[dir] {
		if !strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := m.parse(file)
		switch {
		case err != nil:
			return err
		case f == nil:
		case len(p.files) > 0 && f.ast.Name.Name == p.files[0].ast.Name.Name:
			inside = append(inside, f.ast)
		default:
			beside = append(beside, f.ast)
		}
	}
	tested := p.types
	var err error
	if len(inside) > len(p.files) {
		if tested, err = m.checkFiles(p.path, inside, nil); err != nil {
			return err
		}
	}
	if len(beside) > 0 {
		_, err = m.checkFiles(p.path+"_test", beside, tested)
	}
	return err
}

// checkFiles type-checks files that may import a package under test.
func (m *GoModule) checkFiles(importPath string, files []*ast.File, tested *types.Package) (*types.Package, error) {
	config := m.config(importerFunc(func(path string) (*types.Package, error) {
		if tested != nil && path == tested.Path() {
			return tested, nil
		}
		return m.importAny(path)
	}))
	if m.external == nil {
		return nil, errors.New("types are not known")
	}
	return safely(config, importPath, m.fset, files, newInfo())
}

package mutate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
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

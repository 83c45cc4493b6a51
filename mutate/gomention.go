package mutate

import (
	"go/ast"
	"go/scanner"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// A mention is a place of the module that uses a declared thing.
type mention struct {
	decl  goDecl
	id    *ast.Ident
	stack []ast.Node // what holds id, outermost first
}

// index lists the mentions in a package by what they use, in order.
func (p *goPackage) index() map[types.Object][]mention {
	list := map[types.Object][]mention{}
	for _, file := range p.files {
		for _, node := range file.ast.Decls {
			d := goDecl{p, file, node, declName(node)}
			ast.PreorderStack(node, nil, func(n ast.Node, stack []ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && p.info.Uses[id] != nil {
					object := origin(p.info.Uses[id])
					list[object] = append(list[object], mention{d, id, slices.Clone(stack)})
				}
				return true
			})
		}
	}
	return list
}

// origin returns what a thing of an instantiated type was made of.
func origin(o types.Object) types.Object {
	switch o := o.(type) {
	case *types.Func:
		return o.Origin()
	case *types.Var:
		return o.Origin()
	}
	return o
}

// mentions lists where the module uses something of p, tests apart. It returns
// false when not all can be known or edited: a test names it, or a file that is
// broken or generated.
func (m *GoModule) mentions(p *goPackage, o types.Object) ([]mention, bool) {
	if m.reserved()[o.Name()] {
		return nil, false
	}
	dirs := []string{p.dir}
	if o.Exported() {
		dirs = m.Dirs()
	}
	var list []mention
	for _, dir := range dirs {
		list = append(list, m.indexOf(dir)[o]...)
	}
	return list, !slices.ContainsFunc(list, func(x mention) bool { return !x.decl.file.editable })
}

// indexOf returns the index of a folder's package, made once.
func (m *GoModule) indexOf(dir string) map[types.Object][]mention {
	p := m.load(dir)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.indexes[dir] == nil {
		m.indexes[dir] = p.index()
	}
	return m.indexes[dir]
}

// reserved are the names that stand in tests, and in packages without types.
// Nothing says what they refer to, so what has such a name stays.
func (m *GoModule) reserved() map[string]bool {
	m.once.Do(func() {
		m.names = map[string]bool{}
		for dir, files := range m.dirs {
			typed := m.load(dir).typed
			for _, file := range files {
				if src, err := m.read(file); err == nil && (!typed || strings.HasSuffix(file, "_test.go")) {
					addNames(m.names, src)
				}
			}
		}
	})
	return m.names
}

// addNames adds the identifiers of a Go source, broken or not.
func addNames(names map[string]bool, src []byte) {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(src)), src, nil, 0)
	for {
		switch _, tok, text := s.Scan(); tok {
		case token.EOF:
			return
		case token.IDENT:
			names[text] = true
		}
	}
}

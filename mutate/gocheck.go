package mutate

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// A recheck is what the type checker says of new text in place of one
// declaration.
type recheck struct {
	node    ast.Decl
	base    token.Pos // of the text's first byte
	info    *types.Info
	fault   error                    // the first that no repair can take away
	unused  []types.Error            // variables declared and not used
	imports map[*ast.ImportSpec]bool // those that the text uses
}

const snippetHeader = "package p\n"

// recheck parses and type-checks text in place of a declaration. An error says
// why it does not compile; what could be repaired is in the result. Of a function
// only the body is looked at: the rest of the package is taken from where it was
// checked before, which makes the cost that of one function. It follows that the
// text must leave the function's signature alone.
func (m *GoModule) recheck(d goDecl, text string) (r *recheck, err error) {
	defer recovered("type-check "+d.file.path, &err)
	syntax, err := parser.ParseFile(m.fset, d.file.path, snippetHeader+text, parser.SkipObjectResolution)
	if syntax != nil {
		defer m.fset.RemoveFile(m.fset.File(syntax.FileStart))
	}
	if err != nil {
		return nil, err
	}
	if len(syntax.Decls) != 1 || deep(syntax) {
		return nil, errors.New("it is not one declaration")
	}
	r = &recheck{node: syntax.Decls[0], base: syntax.FileStart + token.Pos(len(snippetHeader)), info: newInfo()}
	if !d.pkg.typed {
		return r, nil
	}
	if err := m.recheckTypes(d, r); err != nil {
		return nil, err
	}
	r.imports = usedImports(r.node, importSpecs(d.file.ast.Imports, r.info), r.info)
	return r, nil
}

func (m *GoModule) recheckTypes(d goDecl, r *recheck) error {
	pkg := types.NewPackage(d.pkg.path, d.pkg.types.Name())
	files := []*ast.File{}
	if fn, ok := r.node.(*ast.FuncDecl); ok && !genericReceiver(fn) {
		files = append(files, onlyFunction(d.file.ast, fn))
		for _, name := range d.pkg.types.Scope().Names() {
			pkg.Scope().Insert(d.pkg.types.Scope().Lookup(name))
		}
	} else {
		for _, f := range d.pkg.files {
			files = append(files, withDecl(f.ast, d.node, r.node))
		}
	}
	config := m.config(importerFunc(func(path string) (*types.Package, error) { return m.imported(d.pkg, path) }))
	config.Error = r.take
	types.NewChecker(config, m.fset, pkg, r.info).Files(files) // its errors went to take
	return r.fault
}

// take sorts the type checker's errors. It must not end its work by a panic: the
// type checker would tell the whole program of it.
func (r *recheck) take(err error) {
	e, ok := errors.AsType[types.Error](err)
	switch {
	case ok && strings.HasPrefix(e.Msg, "declared and not used: "):
		r.unused = append(r.unused, e)
	case ok && strings.HasSuffix(e.Msg, "and not used") && strings.Contains(e.Msg, " imported "):
		// Only a part of the file was looked at; idleImports knows about all of it.
	case r.fault == nil:
		r.fault = err
	}
}

// imported returns a package that a file of p imports.
func (m *GoModule) imported(p *goPackage, path string) (*types.Package, error) {
	if pkg := p.imports[path]; pkg != nil {
		return pkg, nil
	}
	return nil, fmt.Errorf("package %s was not imported before", path)
}

// genericReceiver says whether a method's receiver has type parameters.
func genericReceiver(fn *ast.FuncDecl) bool {
	return fn.Recv != nil && strings.Contains(types.ExprString(fn.Recv.List[0].Type), "[")
}

// onlyFunction is a file with its imports and one function, which has no name
// and its receiver as a parameter, so that it meets nobody of its name.
func onlyFunction(file *ast.File, fn *ast.FuncDecl) *ast.File {
	typ := *fn.Type
	if fn.Recv != nil {
		typ.Params = &ast.FieldList{List: named(append(slices.Clone(fn.Recv.List), fn.Type.Params.List...))}
	}
	anonymous := &ast.FuncDecl{Name: &ast.Ident{NamePos: fn.Name.NamePos, Name: "_"}, Type: &typ, Body: fn.Body}
	only := shallow(file)
	only.Decls = nil
	for _, decl := range file.Decls {
		if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.IMPORT {
			only.Decls = append(only.Decls, decl)
		}
	}
	only.Decls = append(only.Decls, anonymous)
	return only
}

// named gives every parameter a name: Go has them all named, or none.
func named(fields []*ast.Field) []*ast.Field {
	list := make([]*ast.Field, len(fields))
	for i, field := range fields {
		list[i] = field
		if len(field.Names) == 0 {
			list[i] = &ast.Field{Names: []*ast.Ident{{NamePos: field.Type.Pos(), Name: "_"}}, Type: field.Type}
		}
	}
	return list
}

// withDecl is a file with one declaration in place of another.
func withDecl(file *ast.File, old, replacement ast.Decl) *ast.File {
	i := slices.Index(file.Decls, old)
	if i < 0 {
		return file
	}
	changed := shallow(file)
	changed.Decls = slices.Clone(file.Decls)
	changed.Decls[i] = replacement
	return changed
}

func shallow(file *ast.File) *ast.File {
	return &ast.File{
		Package: file.Package, Name: file.Name, Decls: file.Decls, Imports: file.Imports,
		FileStart: file.FileStart, FileEnd: file.FileEnd, GoVersion: file.GoVersion,
	}
}

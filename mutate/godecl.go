package mutate

import (
	"go/ast"
	"go/format"
	"go/token"
	"go/types"
	"iter"
	"strings"
)

// A goDecl is a declaration at the top level of a file that may be edited.
type goDecl struct {
	pkg  *goPackage
	file *goFile
	node ast.Decl
	name string // of a function, as in Edit.Func
}

func (d goDecl) text() string { return d.file.text(d.node.Pos(), d.node.End()) }

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

// with returns the declaration's text with spans replaced; they are sorted.
func (d goDecl) with(spans []span) string {
	var b strings.Builder
	at := d.node.Pos()
	for _, s := range spans {
		b.WriteString(d.file.text(at, s.from))
		b.WriteString(s.text)
		at = s.to
	}
	b.WriteString(d.file.text(at, d.node.End()))
	return b.String()
}

// formatted formats new text of a declaration, if the file was formatted, and
// otherwise gives it the file's line ends.
func (d goDecl) formatted(text string) (string, bool) {
	if !d.file.clean() {
		return d.file.lineEnds(text), true
	}
	out, err := format.Source([]byte(text))
	return strings.TrimSuffix(string(out), "\n"), err == nil
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

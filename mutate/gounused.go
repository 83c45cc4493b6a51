package mutate

import (
	"go/ast"
	"go/token"
	"strings"
)

// useVariable uses the first unused variable of a text right after it is
// declared. It returns false where there is no place for it.
func useVariable(text string, r *recheck) (string, bool) {
	e := r.unused[0]
	_, name, _ := strings.Cut(e.Msg, ": ")
	path := enclosing(r.node, e.Pos)
	for i := len(path) - 1; i > 0; i-- {
		var parent ast.Node = path[i-1]
		switch n := path[i].(type) {
		case *ast.FuncLit, *ast.BlockStmt:
			return "", false
		case *ast.RangeStmt:
			return insert(text, int(n.Body.Lbrace+1-r.base), "\n_ = "+name+"\n"), true
		case *ast.AssignStmt, *ast.DeclStmt:
			return useAfter(text, r, n, parent, name)
		}
	}
	return "", false
}

func useAfter(text string, r *recheck, n, parent ast.Node, name string) (string, bool) {
	use := "_ = " + name
	switch p := parent.(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.LabeledStmt:
		return insertLine(text, int(n.End()-r.base), use), true
	case *ast.CommClause:
		if p.Comm == n {
			return insert(text, int(p.Colon+1-r.base), "\n"+use+"\n"), true
		}
		return insertLine(text, int(n.End()-r.base), use), true
	case *ast.IfStmt:
		return insert(text, int(p.Body.Lbrace+1-r.base), "\n"+use+"\n"), true
	case *ast.ForStmt:
		return insert(text, int(p.Body.Lbrace+1-r.base), "\n"+use+"\n"), true
	case *ast.TypeSwitchStmt:
		if assign, ok := p.Assign.(*ast.AssignStmt); ok && assign == n {
			from, to := int(assign.Pos()-r.base), int(assign.Rhs[0].Pos()-r.base)
			return text[:from] + text[to:], true
		}
	}
	return "", false
}

func insert(text string, at int, what string) string {
	return text[:at] + what + text[at:]
}

// insertLine inserts a line below the one on which a statement ends, after its
// comment, with the indentation of that line.
func insertLine(text string, end int, line string) string {
	begin := strings.LastIndexByte(text[:end], '\n') + 1
	indent := text[begin : begin+len(text[begin:])-len(strings.TrimLeft(text[begin:], " \t"))]
	rest, _, _ := strings.Cut(text[end:], "\n")
	if trimmed := strings.TrimSpace(rest); trimmed == "" || strings.HasPrefix(trimmed, "//") {
		return insert(text, end+len(rest), "\n"+indent+line)
	}
	return insert(text, end, "\n"+indent+line)
}

// enclosing lists the nodes that hold a position, outermost first.
func enclosing(root ast.Node, pos token.Pos) []ast.Node {
	var path []ast.Node
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil || pos < n.Pos() || pos >= n.End() {
			return false
		}
		path = append(path, n)
		return true
	})
	return path
}

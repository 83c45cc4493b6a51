package mutate

import (
	"go/ast"
	"go/types"
)

// goInverses are the operators that put back what others take away.
func goInverses() []goOperator {
	return []goOperator{
		{"not-add", "a truth value x becomes !x", offutt, repairs + likely, addNot},
		{"offset-add", "an integer x becomes x + 1 or x - 1", offutt, repairs + likely, addOffset},
		{"slice-add", "a slice gets a bound", offutt, repairs + fair, addBound},
		{"return-replace", "a returned value becomes another of its type", par, repairs + fair, replaceReturned},
		{"cond-replace", "a condition asks something else about what is in reach", par, repairs + fair, replaceCondition},
		{"test-add", "a condition asks for more, or for less", par, repairs + fair, addTest},
		{"guard-insert", "an error, a nil or something empty is returned on", par, repairs + fair, insertGuard},
		{"guard-wrap", "a statement is done on a condition", par, repairs + seldom, wrapGuard},
	}
}

// addNot leaves operands alone that have an operator of their own.
func addNot(s *spot) {
	e, ok := s.node.(ast.Expr)
	if !ok || !s.isValue(e) || !isBoolean(s.typeOf(e)) {
		return
	}
	switch e.(type) {
	case *ast.Ident, *ast.CallExpr, *ast.SelectorExpr, *ast.IndexExpr:
		if !isName(e, "true") && !isName(e, "false") {
			s.replace(e, "!"+s.text(e))
		}
	}
}

// addOffset looks where one more or less is a common slip: indices, bounds,
// comparisons, returned values and arguments.
func addOffset(s *spot) {
	e, ok := s.node.(ast.Expr)
	if !ok || !s.isValue(e) || !isInteger(s.typeOf(e)) || s.decl.pkg.info.Types[e].Value != nil {
		return
	}
	switch s.parent(1).(type) {
	case *ast.IndexExpr, *ast.SliceExpr, *ast.BinaryExpr, *ast.ReturnStmt, *ast.CallExpr:
		s.replace(e, s.text(e)+" + 1")
		s.replace(e, s.text(e)+" - 1")
	}
}

func addBound(s *spot) {
	n, ok := s.node.(*ast.SliceExpr)
	if !ok || n.Slice3 {
		return
	}
	x := s.text(n.X)
	if n.Low == nil {
		s.offer(span{n.Lbrack + 1, n.Lbrack + 1, "1"})
	}
	if n.High == nil {
		s.offer(span{n.Rbrack, n.Rbrack, "len(" + x + ")-1"})
	}
	for _, v := range s.visibleOf(types.Typ[types.Int], n.Pos(), "", mostNames) {
		if n.Low == nil {
			s.offer(span{n.Lbrack + 1, n.Lbrack + 1, v.text})
		}
		if n.High == nil {
			s.offer(span{n.Rbrack, n.Rbrack, v.text})
		}
	}
}

// mostReturned bounds the values that are tried in place of a returned one.
const mostReturned = 12

func replaceReturned(s *spot) {
	n, ok := s.node.(*ast.ReturnStmt)
	results := s.results()
	if !ok || results == nil || results.Len() != len(n.Results) {
		return
	}
	for i, old := range n.Results {
		for _, v := range s.visibleOf(results.At(i).Type(), n.Pos(), s.text(old), mostReturned) {
			s.replace(old, v.text)
		}
	}
}

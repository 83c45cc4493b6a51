package mutate

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// goValues are the operators that change what is computed and returned.
func goValues() []goOperator {
	return []goOperator{
		{"slice-bound", "a bound of a slice goes or moves by one", measured, likely, sliceBound},
		{"operand-swap", "a - b becomes b - a, and the like", measured, likely, swapOperands},
		{"arg-swap", "two arguments of one type change places", measured, likely, swapArguments},
		{"string-typo", "a string constant loses its last character", measured, seldom, stringTypo},
		{"return-zero", "a returned value becomes the zero of its type", measured, seldom, returnZero},
		{"error-drop", "a returned error becomes nil", measured, seldom, dropError},
		{"body-remove", "a function does nothing and returns zeros", measured, seldom, removeBody},
	}
}

func sliceBound(s *spot) {
	n, ok := s.node.(*ast.SliceExpr)
	if !ok || n.Slice3 {
		return
	}
	for _, bound := range []ast.Expr{n.Low, n.High} {
		if bound == nil {
			continue
		}
		s.replace(bound, "")
		if _, constant := bound.(*ast.BasicLit); !constant {
			s.replace(bound, s.text(bound)+"+1")
			s.replace(bound, s.text(bound)+"-1")
		}
	}
}

func swapOperands(s *spot) {
	n, ok := s.node.(*ast.BinaryExpr)
	if !ok || s.text(n.X) == s.text(n.Y) {
		return
	}
	switch n.Op {
	case token.SUB, token.QUO, token.REM, token.SHL, token.SHR, token.AND_NOT:
	case token.ADD:
		if basic, ok := underlying(s.typeOf(n)).(*types.Basic); !ok || basic.Info()&types.IsString == 0 {
			return
		}
	default:
		return
	}
	x := s.text(n.X)
	if _, chained := n.X.(*ast.BinaryExpr); chained {
		x = "(" + x + ")"
	}
	s.offer(span{n.X.Pos(), n.X.End(), s.text(n.Y)}, span{n.Y.Pos(), n.Y.End(), x})
}

func swapArguments(s *spot) {
	n, ok := s.node.(*ast.CallExpr)
	if !ok {
		return
	}
	for i, a := range n.Args {
		for _, b := range n.Args[i+1:] {
			if s.sameType(a, b) && s.text(a) != s.text(b) {
				s.swap(a, b)
			}
		}
	}
}

func stringTypo(s *spot) {
	n, ok := s.node.(*ast.BasicLit)
	if !ok || n.Kind != token.STRING {
		return
	}
	if _, imported := s.parent(1).(*ast.ImportSpec); imported {
		return
	}
	if _, tag := s.parent(1).(*ast.Field); tag {
		return
	}
	value, err := strconv.Unquote(n.Value)
	if err != nil || value == "" {
		return
	}
	shorter := []rune(value)
	s.replace(n, strconv.Quote(string(shorter[:len(shorter)-1])))
}

func returnZero(s *spot) {
	n, ok := s.node.(*ast.ReturnStmt)
	results := s.results()
	if !ok || results == nil || results.Len() != len(n.Results) {
		return
	}
	for i, value := range n.Results {
		zero := s.zero(results.At(i).Type())
		if zero != "" && zero != s.text(value) && !isError(results.At(i).Type()) {
			s.replace(value, zero)
		}
	}
}

func dropError(s *spot) {
	n, ok := s.node.(*ast.ReturnStmt)
	results := s.results()
	if !ok || results == nil || results.Len() != len(n.Results) {
		return
	}
	for i, value := range n.Results {
		if isError(results.At(i).Type()) && !isNil(value) {
			s.replace(value, "nil")
		}
	}
}

func removeBody(s *spot) {
	n, ok := s.node.(*ast.FuncDecl)
	if !ok || n.Body == nil || len(n.Body.List) == 0 {
		return
	}
	body := "{\n}"
	values := s.zeros(resultsOf(typeOfObject(s.decl.pkg.info.Defs[n.Name])))
	if len(values) != n.Type.Results.NumFields() || slices.Contains(values, "") {
		return
	}
	if len(values) > 0 {
		body = "{\n\treturn " + strings.Join(values, ", ") + "\n}"
	}
	s.replace(n.Body, body)
}

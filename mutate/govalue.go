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

// underlying is nil for a type that is not known.
func underlying(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
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

// sameType says whether two expressions are known to be of one type.
func (s *spot) sameType(a, b ast.Expr) bool {
	x, y := s.typeOf(a), s.typeOf(b)
	return x != nil && y != nil && types.Identical(types.Default(x), types.Default(y))
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

// zero is the zero value of a type as an expression in this file; "" if there
// is no short one.
func (s *spot) zero(t types.Type) string {
	switch u := underlying(t).(type) {
	case *types.Basic:
		return basicZero(u)
	case *types.Pointer, *types.Slice, *types.Map, *types.Chan, *types.Signature:
		return "nil"
	case *types.Interface:
		if _, parameter := t.(*types.TypeParam); !parameter {
			return "nil"
		}
	case *types.Struct, *types.Array:
		return s.typeName(t) + "{}"
	}
	if name := s.typeName(t); name != "" {
		return "*new(" + name + ")"
	}
	return ""
}

// zeros are the zero values of a function's results.
func (s *spot) zeros(results *types.Tuple) []string {
	var values []string
	if results != nil {
		for v := range results.Variables() {
			values = append(values, s.zero(v.Type()))
		}
	}
	return values
}

func basicZero(t *types.Basic) string {
	switch {
	case t.Info()&types.IsBoolean != 0:
		return "false"
	case t.Info()&types.IsNumeric != 0:
		return "0"
	case t.Info()&types.IsString != 0:
		return `""`
	}
	return "nil"
}

// typeName writes a type as this file would.
func (s *spot) typeName(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p.Path() == s.decl.pkg.path {
			return ""
		}
		for object, spec := range importSpecs(s.decl.file.ast.Imports, s.decl.pkg.info) {
			if name, ok := object.(*types.PkgName); ok && name.Imported().Path() == p.Path() && spec != nil {
				return name.Name()
			}
		}
		return p.Name()
	})
}

// results returns the result types of the function around a return.
func (s *spot) results() *types.Tuple {
	for i := 1; i <= len(s.stack); i++ {
		switch n := s.parent(i).(type) {
		case *ast.FuncLit:
			return resultsOf(s.typeOf(n))
		case *ast.FuncDecl:
			return resultsOf(typeOfObject(s.decl.pkg.info.Defs[n.Name]))
		}
	}
	return nil
}

func typeOfObject(o types.Object) types.Type {
	if o == nil {
		return nil
	}
	return o.Type()
}

func resultsOf(t types.Type) *types.Tuple {
	if signature, ok := t.(*types.Signature); ok {
		return signature.Results()
	}
	return nil
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

func isError(t types.Type) bool {
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
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

package mutate

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
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

func isBoolean(t types.Type) bool {
	basic, ok := underlying(t).(*types.Basic)
	return ok && basic.Info()&types.IsBoolean != 0
}

func isInteger(t types.Type) bool {
	basic, ok := underlying(t).(*types.Basic)
	return ok && basic.Info()&types.IsInteger != 0
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

// mostQuestions bounds the conditions that are tried at one place.
const mostQuestions = 16

// questions are conditions about what is in reach, as people ask them.
func (s *spot) questions(pos token.Pos) []string {
	var list []string
	for _, v := range s.visible(pos) {
		switch u := underlying(v.typ).(type) {
		case *types.Basic:
			if u.Info()&types.IsBoolean != 0 {
				list = append(list, v.text, "!"+v.text)
			}
			if u.Info()&types.IsString != 0 {
				list = append(list, v.text+` == ""`, v.text+` != ""`)
			}
		case *types.Pointer, *types.Interface, *types.Signature:
			list = append(list, v.text+" != nil", v.text+" == nil")
		case *types.Slice, *types.Map:
			list = append(list, "len("+v.text+") > 0", "len("+v.text+") == 0")
		}
		if len(list) >= mostQuestions {
			break
		}
	}
	return list
}

func replaceCondition(s *spot) {
	if n, ok := s.node.(*ast.IfStmt); ok {
		for _, question := range s.questions(n.Cond.Pos()) {
			s.replace(n.Cond, question)
		}
	}
}

func addTest(s *spot) {
	cond := condition(s.node)
	if cond == nil {
		return
	}
	for _, question := range s.questions(cond.Pos()) {
		s.replace(cond, operand(cond, token.LAND, s.text(cond))+" && "+question)
		s.replace(cond, s.text(cond)+" || "+question)
	}
}

// operand is the text of an expression as an operand of &&.
func operand(e ast.Expr, op token.Token, text string) string {
	if binary, ok := e.(*ast.BinaryExpr); ok && binary.Op.Precedence() < op.Precedence() {
		return "(" + text + ")"
	}
	return text
}

// insertGuard guards the beginning of a function against its parameters, and
// what follows an assignment of an error against that error.
func insertGuard(s *spot) {
	switch n := s.node.(type) {
	case *ast.AssignStmt:
		for _, e := range n.Lhs {
			if id, ok := e.(*ast.Ident); ok && isError(s.typeOf(e)) && s.listed() && id.Name != "_" {
				s.after(n, "if "+id.Name+" != nil {\n"+s.failure(id.Name)+"\n}")
			}
		}
	case *ast.FuncDecl:
		for i, question := range s.parameterQuestions(n) {
			if i < mostQuestions {
				s.offer(span{n.Body.Lbrace + 1, n.Body.Lbrace + 1, "\nif " + question + " {\n" + s.failure("nil") + "\n}"})
			}
		}
	}
}

// parameterQuestions ask whether a parameter or the receiver is missing.
func (s *spot) parameterQuestions(n *ast.FuncDecl) []string {
	if n.Body == nil {
		return nil
	}
	var list []string
	for _, v := range s.visible(n.Body.Lbrace + 1) {
		switch u := underlying(v.typ).(type) {
		case *types.Pointer, *types.Interface, *types.Signature:
			list = append(list, v.text+" == nil")
		case *types.Slice, *types.Map:
			list = append(list, "len("+v.text+") == 0", v.text+" == nil")
		case *types.Basic:
			if u.Info()&types.IsBoolean != 0 {
				list = append(list, v.text, "!"+v.text)
			}
			if u.Info()&types.IsString != 0 {
				list = append(list, v.text+` == ""`)
			}
		}
	}
	return list
}

// failure is a return of zeros, and of an error where one is returned last.
func (s *spot) failure(err string) string {
	results := s.results()
	if fn, ok := s.node.(*ast.FuncDecl); ok {
		results = resultsOf(typeOfObject(s.decl.pkg.info.Defs[fn.Name]))
	}
	values := s.zeros(results)
	if len(values) == 0 {
		return "return"
	}
	if last := len(values) - 1; isError(results.At(last).Type()) {
		values[last] = err
	}
	return "return " + strings.Join(values, ", ")
}

// after offers text below a statement.
func (s *spot) after(n ast.Node, text string) {
	s.offer(span{n.End(), n.End(), "\n" + text})
}

func wrapGuard(s *spot) {
	n, ok := s.node.(ast.Stmt)
	if !ok || !s.listed() {
		return
	}
	switch n := n.(type) {
	case *ast.ExprStmt, *ast.IncDecStmt, *ast.ReturnStmt, *ast.BranchStmt, *ast.SendStmt:
	case *ast.AssignStmt:
		if n.Tok == token.DEFINE {
			return
		}
	default:
		return
	}
	for _, question := range s.questions(n.Pos()) {
		s.offer(span{n.Pos(), n.Pos(), "if " + question + " {\n"}, span{n.End(), n.End(), "\n}"})
	}
}

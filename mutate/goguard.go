package mutate

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

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
		s.replace(cond, conjunct(cond, s.text(cond))+" && "+question)
		s.replace(cond, s.text(cond)+" || "+question)
	}
}

// conjunct is the text of an expression as an operand of &&.
func conjunct(e ast.Expr, text string) string {
	if binary, ok := e.(*ast.BinaryExpr); ok && binary.Op == token.LOR {
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

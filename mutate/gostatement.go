package mutate

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// goStatements are the operators that change what is done, and in which order.
func goStatements() []goOperator {
	return []goOperator{
		{"stmt-remove", "a call, send, go, ++ or -- goes", mutesting, seldom, removeStatement},
		{"assign-remove", "an assignment to a variable that exists goes", measured, seldom, removeAssignment},
		{"append-remove", "x = append(x, …) goes", measured, seldom, removeAppend},
		{"error-check-remove", "if err != nil { … } goes", measured, seldom, removeIf(true)},
		{"if-remove", "an if without else goes, with what it does", measured, seldom, removeIf(false)},
		{"if-unwrap", "an if without else goes, and what it does is always done", ours, seldom, unwrapIf},
		{"else-remove", "an else branch goes", mutesting, seldom, removeElse},
		{"loop-remove", "a loop goes", measured, seldom, removeLoop},
		{"case-remove", "a case of a switch or select goes", mutesting, seldom, removeCase},
		{"defer-remove", "a defer goes", measured, seldom, removeDefer},
		{"break-continue", "break becomes continue and the other way round", gremlins, likely, breakContinue},
		{"branch-remove", "a break, continue or fallthrough goes", mutesting, seldom, removeBranch},
		{"stmt-swap", "two statements that follow each other change places", measured, fair, swapStatements},
		{"return-remove", "a return without values goes", genprog, likely, removeReturn},
	}
}

// listed says whether a statement is one of a list, and can go.
func (s *spot) listed() bool {
	switch p := s.parent(1).(type) {
	case *ast.BlockStmt, *ast.CaseClause:
		return true
	case *ast.CommClause:
		return p.Comm != s.node
	}
	return false
}

func removeStatement(s *spot) {
	switch s.node.(type) {
	case *ast.ExprStmt, *ast.SendStmt, *ast.IncDecStmt, *ast.GoStmt:
		if s.listed() {
			s.remove(s.node)
		}
	}
}

func removeAssignment(s *spot) {
	n, ok := s.node.(*ast.AssignStmt)
	if ok && n.Tok != token.DEFINE && s.listed() && !isAppend(n) && !isName(n.Lhs[0], "_") {
		s.remove(n)
	}
}

func removeAppend(s *spot) {
	if n, ok := s.node.(*ast.AssignStmt); ok && s.listed() && isAppend(n) {
		s.remove(n)
	}
}

// isAppend says whether a statement is x = append(x, …).
func isAppend(n *ast.AssignStmt) bool {
	if n.Tok != token.ASSIGN || len(n.Rhs) != 1 {
		return false
	}
	call, ok := n.Rhs[0].(*ast.CallExpr)
	return ok && isName(call.Fun, "append") && len(call.Args) > 1 && types.ExprString(call.Args[0]) == types.ExprString(n.Lhs[0])
}

// isErrorCheck says whether an if asks for err != nil.
func isErrorCheck(n *ast.IfStmt) bool {
	cond, ok := n.Cond.(*ast.BinaryExpr)
	return ok && cond.Op == token.NEQ && isName(cond.X, "err") && isNil(cond.Y)
}

// removeIf keeps what an error check does before it asks.
func removeIf(errorCheck bool) func(*spot) {
	return func(s *spot) {
		n, ok := s.node.(*ast.IfStmt)
		if !ok || n.Else != nil || !s.listed() || isErrorCheck(n) != errorCheck {
			return
		}
		if assign, ok := n.Init.(*ast.AssignStmt); ok && errorCheck {
			s.replace(n, withoutResult(s, assign))
			return
		}
		s.remove(n)
	}
}

// withoutResult is a statement that does what an assignment does and drops what
// comes of it.
func withoutResult(s *spot, n *ast.AssignStmt) string {
	var text strings.Builder
	for i := range n.Lhs {
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString("_")
	}
	return text.String() + " = " + s.decl.file.text(n.Rhs[0].Pos(), n.Rhs[len(n.Rhs)-1].End())
}

func unwrapIf(s *spot) {
	n, ok := s.node.(*ast.IfStmt)
	if !ok || n.Else != nil || n.Init != nil || !s.listed() || len(n.Body.List) == 0 {
		return
	}
	first, last := n.Body.List[0], n.Body.List[len(n.Body.List)-1]
	s.offer(span{n.Pos(), first.Pos(), ""}, span{last.End(), n.End(), ""})
}

func removeElse(s *spot) {
	if n, ok := s.node.(*ast.IfStmt); ok && n.Else != nil {
		s.offer(span{n.Body.End(), n.Else.End(), ""})
	}
}

func removeLoop(s *spot) {
	switch s.node.(type) {
	case *ast.ForStmt, *ast.RangeStmt:
		if s.listed() {
			s.remove(s.node)
		}
	}
}

func removeCase(s *spot) {
	switch s.node.(type) {
	case *ast.CaseClause, *ast.CommClause:
		s.remove(s.node)
	}
}

func removeDefer(s *spot) {
	if _, ok := s.node.(*ast.DeferStmt); ok && s.listed() {
		s.remove(s.node)
	}
}

func breakContinue(s *spot) {
	n, ok := s.node.(*ast.BranchStmt)
	switch {
	case !ok:
	case n.Tok == token.BREAK:
		s.token(n.Pos(), token.BREAK, token.CONTINUE)
	case n.Tok == token.CONTINUE:
		s.token(n.Pos(), token.CONTINUE, token.BREAK)
	}
}

func removeBranch(s *spot) {
	if n, ok := s.node.(*ast.BranchStmt); ok && n.Tok != token.GOTO && s.listed() {
		s.remove(n)
	}
}

func removeReturn(s *spot) {
	if n, ok := s.node.(*ast.ReturnStmt); ok && len(n.Results) == 0 && s.listed() {
		s.remove(n)
	}
}

// swapStatements leaves declarations where they are.
func swapStatements(s *spot) {
	list := statements(s.node)
	for i := range max(0, len(list)-1) {
		if movable(list[i]) && movable(list[i+1]) {
			s.swap(list[i], list[i+1])
		}
	}
}

func statements(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return n.Body
	}
	return nil
}

func movable(n ast.Stmt) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		return n.Tok != token.DEFINE
	case *ast.ExprStmt, *ast.IncDecStmt, *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt, *ast.SendStmt:
		return true
	}
	return false
}

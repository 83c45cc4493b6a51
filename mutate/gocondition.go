package mutate

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"
)

// Where the ideas of the operators are from.
const (
	measured  = "shared/baseline.md"
	offutt    = "Offutt et al., An Experimental Determination of Sufficient Mutant Operators, TOSEM 1996"
	gremlins  = "go-gremlins/gremlins"
	mutesting = "zimmski/go-mutesting"
	genprog   = "Le Goues et al., GenProg, TSE 2012"
	removal   = "SSR, arXiv 2512.18552, strategy removal"
	ours      = "ours"
	par       = "Kim et al., Automatic Patch Generation Learned from Human-Written Patches, ICSE 2013"
)

// goConditions are the operators that change what is asked.
func goConditions() []goOperator {
	return []goOperator{
		{"rel-boundary", "< becomes <=, >= becomes >, and so on", gremlins, likely, binary(map[token.Token]token.Token{
			token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR})},
		{"rel-change", "< becomes > and >=, <= becomes >= and >, and so on", offutt, likely, changeRelation},
		{"eq-flip", "== becomes != and the other way round", gremlins, likely, equality(false)},
		{"nil-flip", "x == nil becomes x != nil and the other way round", gremlins, likely, equality(true)},
		{"logic-change", "&& becomes || and the other way round", gremlins, likely, binary(map[token.Token]token.Token{
			token.LAND: token.LOR, token.LOR: token.LAND})},
		{"logic-drop", "an operand of && or || goes", mutesting, seldom, dropOperand},
		{"if-negate", "the condition of an if or for is negated", measured, likely, negateCondition},
		{"if-true", "the condition of an if becomes true", measured, seldom, fixedCondition("true")},
		{"if-false", "the condition of an if becomes false", measured, seldom, fixedCondition("false")},
		{"bool-flip", "true becomes false and the other way round", measured, likely, flipBoolean},
		{"unary-drop", "!x, -x and ^x become x", gremlins, likely, dropUnary},
		{"arith-change", "+ becomes -, * becomes /, and so on", gremlins, likely, binary(map[token.Token]token.Token{
			token.ADD: token.SUB, token.SUB: token.ADD, token.MUL: token.QUO, token.QUO: token.MUL, token.REM: token.MUL})},
		{"bit-change", "& becomes |, << becomes >>, and so on", gremlins, likely, binary(map[token.Token]token.Token{
			token.AND: token.OR, token.OR: token.AND, token.XOR: token.AND, token.AND_NOT: token.AND, token.SHL: token.SHR, token.SHR: token.SHL})},
		{"const-change", "an integer constant grows or shrinks by one", measured, likely, shiftInteger},
	}
}

// binary changes binary operators by a table.
func binary(table map[token.Token]token.Token) func(*spot) {
	return func(s *spot) {
		if n, ok := s.node.(*ast.BinaryExpr); ok && table[n.Op] != token.ILLEGAL {
			s.token(n.OpPos, n.Op, table[n.Op])
		}
	}
}

func changeRelation(s *spot) {
	binary(map[token.Token]token.Token{
		token.LSS: token.GTR, token.LEQ: token.GEQ, token.GTR: token.LSS, token.GEQ: token.LEQ})(s)
	binary(map[token.Token]token.Token{
		token.LSS: token.GEQ, token.LEQ: token.GTR, token.GTR: token.LEQ, token.GEQ: token.LSS})(s)
}

// equality flips == and !=, of comparisons with nil or of all others.
func equality(withNil bool) func(*spot) {
	flip := binary(map[token.Token]token.Token{token.EQL: token.NEQ, token.NEQ: token.EQL})
	return func(s *spot) {
		if n, ok := s.node.(*ast.BinaryExpr); ok && (isNil(n.X) || isNil(n.Y)) == withNil {
			flip(s)
		}
	}
}

func isNil(e ast.Expr) bool { return isName(e, "nil") }

func isName(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

func dropOperand(s *spot) {
	if n, ok := s.node.(*ast.BinaryExpr); ok && (n.Op == token.LAND || n.Op == token.LOR) {
		s.replace(n, s.text(n.X))
		s.replace(n, s.text(n.Y))
	}
}

// condition returns what an if or for statement asks.
func condition(n ast.Node) ast.Expr {
	switch n := n.(type) {
	case *ast.IfStmt:
		return n.Cond
	case *ast.ForStmt:
		return n.Cond
	}
	return nil
}

// negateCondition leaves comparisons to the operators that are theirs.
func negateCondition(s *spot) {
	cond := condition(s.node)
	switch n := cond.(type) {
	case nil, *ast.UnaryExpr:
	case *ast.BinaryExpr:
		if n.Op == token.LAND || n.Op == token.LOR {
			s.replace(n, "!("+s.text(n)+")")
		}
	default:
		s.replace(n, "!"+s.text(n))
	}
}

func fixedCondition(value string) func(*spot) {
	return func(s *spot) {
		if n, ok := s.node.(*ast.IfStmt); ok && !isName(n.Cond, value) {
			s.replace(n.Cond, value)
		}
	}
}

func flipBoolean(s *spot) {
	id, ok := s.node.(*ast.Ident)
	if _, selected := s.parent(1).(*ast.SelectorExpr); !ok || selected {
		return
	}
	switch id.Name {
	case "true":
		s.replace(id, "false")
	case "false":
		s.replace(id, "true")
	}
}

func dropUnary(s *spot) {
	n, ok := s.node.(*ast.UnaryExpr)
	if ok && (n.Op == token.NOT || n.Op == token.SUB || n.Op == token.XOR) {
		s.replace(n, s.text(n.X))
	}
}

func shiftInteger(s *spot) {
	n, ok := s.node.(*ast.BasicLit)
	if !ok || n.Kind != token.INT {
		return
	}
	value, err := strconv.ParseInt(strings.ReplaceAll(n.Value, "_", ""), 0, 63)
	if err != nil {
		return
	}
	s.replace(n, strconv.FormatInt(value+1, 10))
	if value > 0 {
		s.replace(n, strconv.FormatInt(value-1, 10))
	}
}

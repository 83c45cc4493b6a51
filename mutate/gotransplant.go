package mutate

import (
	"go/ast"
	"go/scanner"
	"go/token"
	"go/types"
	"iter"
	"slices"
	"strings"
)

// How many donors are tried at one place.
const (
	mostExpressions = 12
	mostStatements  = 24
	mostBodies      = 20
	mostPairs       = 12
)

// goTransplants are the operators that bring code from elsewhere.
func goTransplants() []goOperator {
	return []goOperator{
		{"const-replace", "a constant is replaced by one that stands elsewhere, tests included", par, repairs + fair, replaceLiteral},
		{"call-wrap", "f(x) in place of x, as elsewhere", par, repairs + seldom, wrapCall},
		{"expr-replace", "an expression is replaced by one of its type from elsewhere", genprog, repairs + seldom, replaceExpression},
		{"assign-insert", "a field or variable is set to another of its type, or a slice gets an element", ours, repairs + seldom, insertAssignment},
		{"stmt-insert", "a statement from elsewhere is put before one", genprog, repairs + seldom, insertStatement},
		{"branch-insert", "a return, break or continue is put at the end of a block", ours, repairs + seldom, insertBranch},
		{"body-replace", "a function gets a body from elsewhere, or passes on to another", ours, repairs + likely, replaceBody},
	}
}

// addTestLiterals adds the constants in a folder's tests.
func (m *GoModule) addTestLiterals(dir string, g *donors) {
	tested := map[token.Token][]string{}
	for _, file := range m.dirs[dir] {
		src, err := m.read(file)
		if err != nil || !strings.HasSuffix(file, "_test.go") || len(src) > maxGoFile {
			continue
		}
		var s scanner.Scanner
		s.Init(token.NewFileSet().AddFile("", -1, len(src)), src, nil, 0)
		for _, tok, text := s.Scan(); tok != token.EOF; _, tok, text = s.Scan() {
			if (tok == token.INT || tok == token.STRING) && len(text) <= maxExpression {
				tested[tok] = append(tested[tok], text)
			}
		}
	}
	for tok, list := range tested {
		list = append(list, g.literals[tok]...)
		slices.Sort(list)
		g.literals[tok] = slices.Compact(list)
	}
}

func replaceLiteral(s *spot) {
	n, ok := s.node.(*ast.BasicLit)
	if !ok || !s.isValue(n) {
		return
	}
	for _, text := range nearest(n.Value, s.m.donorsOf(s.decl.pkg).literals[n.Kind]) {
		s.replace(n, text)
	}
}

func wrapCall(s *spot) {
	e, ok := s.node.(ast.Expr)
	if !ok || !s.isValue(e) {
		return
	}
	if _, literal := e.(*ast.BasicLit); literal {
		return
	}
	for i, fun := range s.m.donorsOf(s.decl.pkg).wraps[typeKey(s.typeOf(e))] {
		if i < mostNames {
			s.replace(e, fun+"("+s.text(e)+")")
		}
	}
}

// replaceExpression looks at what a statement is made of: conditions, arguments,
// assigned and returned values.
func replaceExpression(s *spot) {
	e, ok := s.node.(ast.Expr)
	if !ok || !s.isValue(e) {
		return
	}
	switch s.parent(1).(type) {
	case *ast.IfStmt, *ast.CallExpr, *ast.AssignStmt, *ast.ReturnStmt, *ast.RangeStmt, *ast.ForStmt:
	default:
		return
	}
	left := mostExpressions
	visible := s.visible(e.Pos())
	for don := range s.near(s.m.donorsOf(s.decl.pkg).expressions[typeKey(s.expected(e))]) {
		for _, text := range don.at(visible) {
			if left == 0 {
				return
			}
			if text != s.text(e) {
				left--
				s.replace(e, text)
			}
		}
	}
}

// expected is the type that a place asks for: where nil or another constant
// stands, more than its own type tells.
func (s *spot) expected(e ast.Expr) types.Type {
	ret, ok := s.parent(1).(*ast.ReturnStmt)
	if results := s.results(); ok && results != nil && results.Len() == len(ret.Results) {
		return results.At(slices.Index(ret.Results, e)).Type()
	}
	return s.typeOf(e)
}

// near yields donors: those of the same function first, then of the same file,
// then the others.
func (s *spot) near(list []*donor) func(func(*donor) bool) {
	return func(yield func(*donor) bool) {
		for distance := range 3 {
			for _, don := range list {
				if s.distance(don) == distance && !yield(don) {
					return
				}
			}
		}
	}
}

func (s *spot) distance(don *donor) int {
	switch {
	case don.where.node == s.decl.node:
		return 0
	case don.where.file == s.decl.file:
		return 1
	}
	return 2
}

// insertAssignment sets what is local or a field to another value in reach,
// namesakes first.
func insertAssignment(s *spot) {
	for gap := range s.gaps() {
		for i, text := range s.assignments(gap.at) {
			if i < mostPairs {
				s.offer(gap.with(text))
			}
		}
	}
}

// A gap is a place for one more statement.
type gap struct {
	at     token.Pos
	before ast.Stmt // what follows; nil at the end of a list
}

func (g gap) with(text string) span {
	if g.before == nil {
		return span{g.at, g.at, "\n" + text + "\n"}
	}
	return span{g.at, g.at, text + "\n"}
}

// gaps yields the places for one more statement in a list: before each, and at
// the end unless what stands there leaves.
func (s *spot) gaps() iter.Seq[gap] {
	return func(yield func(gap) bool) {
		list := statements(s.node)
		for _, n := range list {
			if !yield(gap{n.Pos(), n}) {
				return
			}
		}
		block, ok := s.node.(*ast.BlockStmt)
		if ok && len(list) == 0 && block.Lbrace.IsValid() {
			yield(gap{block.Lbrace + 1, nil})
		}
		if len(list) > 0 && !leaves(list[len(list)-1]) {
			yield(gap{list[len(list)-1].End(), nil})
		}
	}
}

func leaves(n ast.Stmt) bool {
	switch n.(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	}
	return false
}

// assignments lists x.f = v and x.f = append(x.f, v) for what is in reach at a
// place, namesakes first.
func (s *spot) assignments(pos token.Pos) []string {
	var same, other []string
	visible := s.visible(pos)
	for _, to := range visible {
		for _, from := range visible {
			text := ""
			slice, isSlice := underlying(to.typ).(*types.Slice)
			switch {
			case to.text == from.text || !to.field && from.field:
			case types.Identical(to.typ, from.typ) && to.field:
				text = to.text + " = " + from.text
			case isSlice && types.Identical(slice.Elem(), from.typ):
				text = to.text + " = append(" + to.text + ", " + from.text + ")"
			}
			switch {
			case text == "":
			case strings.EqualFold(to.text[strings.LastIndexByte(to.text, '.')+1:], from.text):
				same = append(same, text)
			default:
				other = append(other, text)
			}
		}
	}
	return append(same, other...)
}

func insertStatement(s *spot) {
	for gap := range s.gaps() {
		left := mostStatements
		visible := s.visible(gap.at)
		for don := range s.near(s.m.donorsOf(s.decl.pkg).statements) {
			for _, text := range don.at(visible) {
				if left > 0 && (gap.before == nil || text != s.text(gap.before)) {
					left--
					s.offer(gap.with(text))
				}
			}
		}
	}
}

func insertBranch(s *spot) {
	n, ok := s.node.(*ast.BlockStmt)
	if !ok || len(s.stack) < 2 {
		return
	}
	if _, conditional := s.parent(1).(*ast.IfStmt); !conditional {
		return
	}
	for _, text := range []string{"continue", "break", s.failure("nil")} {
		s.offer(span{n.Rbrace, n.Rbrace, text + "\n"})
	}
}

// replaceBody is for functions that do next to nothing.
func replaceBody(s *spot) {
	n, ok := s.node.(*ast.FuncDecl)
	if !ok || n.Body == nil || len(n.Body.List) > 1 || s.decl.pkg.types == nil {
		return
	}
	object := s.decl.pkg.info.Defs[n.Name]
	if object == nil {
		return
	}
	visible := s.visible(n.Body.Lbrace + 1)
	for i, body := range s.bodies(object.Type(), visible) {
		if i < mostBodies {
			s.replace(n.Body, "{\n"+body+"\n}")
		}
	}
}

// bodies are what a function of some type could do: what others of the same
// type do, set a field, return something in reach, or an expression from
// elsewhere.
func (s *spot) bodies(t types.Type, visible []value) []string {
	var list []string
	for _, don := range s.m.donorsOf(s.decl.pkg).bodies[typeKey(t)] {
		for _, text := range don.at(visible) {
			if don.where.node != s.decl.node {
				list = append(list, strings.TrimSpace(text[1:len(text)-1]))
			}
		}
	}
	results := resultsOf(t)
	if results == nil || results.Len() == 0 {
		return append(list, s.assignments(s.node.(*ast.FuncDecl).Body.Lbrace+1)...)
	}
	if results.Len() > 1 {
		return list
	}
	for _, v := range visible {
		if types.Identical(v.typ, results.At(0).Type()) {
			list = append(list, "return "+v.text)
		}
	}
	for don := range s.near(s.m.donorsOf(s.decl.pkg).expressions[typeKey(results.At(0).Type())]) {
		for _, text := range don.at(visible) {
			list = append(list, "return "+text)
		}
	}
	return list
}

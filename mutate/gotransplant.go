package mutate

import (
	"go/ast"
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
	mostStrangers   = 6  // of one other package
	mostOthers      = 12 // packages that they come from
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
	for don := range s.near(expressionsOf(s.expected(e))) {
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

// near yields donors of some kind: those of the same function first, then of the
// same file, then of the package, then of the module's other packages.
func (s *spot) near(kind func(*donors) []*donor) iter.Seq[*donor] {
	return func(yield func(*donor) bool) {
		own := s.m.donorsOf(s.decl.pkg)
		for distance := range 3 {
			for _, don := range kind(own) {
				if s.distance(don) == distance && !yield(don) {
					return
				}
			}
		}
		for _, dir := range own.others {
			for don := range s.strangers(kind(s.m.donorsOf(s.m.load(dir)))) {
				if !yield(don) {
					return
				}
			}
		}
	}
}

// strangers yields the first of another package's donors that can stand in this
// file: they name nothing of that package, and what they name is imported here.
func (s *spot) strangers(list []*donor) iter.Seq[*donor] {
	return func(yield func(*donor) bool) {
		left := mostStrangers
		for _, don := range list {
			if left == 0 {
				return
			}
			if don.bound || !s.imports(don.needs) {
				continue
			}
			if left--; !yield(don) {
				return
			}
		}
	}
}

// imports says whether this file imports packages by some names.
func (s *spot) imports(needs map[string]string) bool {
	for local, path := range needs {
		if !slices.ContainsFunc(s.decl.file.ast.Imports, func(spec *ast.ImportSpec) bool {
			name := importedName(spec, s.decl.pkg.info)
			return name != nil && name.Name() == local && name.Imported().Path() == path
		}) {
			return false
		}
	}
	return true
}

func expressionsOf(t types.Type) func(*donors) []*donor {
	return func(g *donors) []*donor { return g.expressions[typeKey(t)] }
}

func statementsOf(g *donors) []*donor { return g.statements }

func (s *spot) distance(don *donor) int {
	switch {
	case don.where.node == s.decl.node:
		return 0
	case don.where.file == s.decl.file:
		return 1
	}
	return 2
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
	for don := range s.near(expressionsOf(results.At(0).Type())) {
		for _, text := range don.at(visible) {
			list = append(list, "return "+text)
		}
	}
	return list
}

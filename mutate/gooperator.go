package mutate

import (
	"go/ast"
	"go/token"
	"go/types"
	"iter"
	"slices"
)

// An Operator is one kind of edit.
type Operator struct {
	Name   string // as in Edit.Operator
	Doc    string // one line
	Source string // where the idea is from
	Repair bool   // only offered as a repair: it undoes a bug that another operator makes
}

// A goOperator is an operator for Go. Visit is called for every node inside of
// a declaration and offers what it would change there.
type goOperator struct {
	Operator
	visit func(*spot)
}

// GoOperators lists the operators for Go in the order in which they are tried at
// one place.
func GoOperators() []Operator {
	var list []Operator
	for _, op := range goOperators() {
		list = append(list, op.Operator)
	}
	return list
}

func goOperators() []goOperator {
	return slices.Concat(goConditions(), goStatements(), goValues())
}

// A spot is one node of a declaration, and where an operator says what it would
// change there.
type spot struct {
	m     *GoModule
	decl  goDecl
	node  ast.Node
	stack []ast.Node // what holds node, outermost first
	offer func(...span)
}

// parent returns what holds the node: the nearest for 1.
func (s *spot) parent(n int) ast.Node {
	if n > len(s.stack) {
		return nil
	}
	return s.stack[len(s.stack)-n]
}

func (s *spot) text(n ast.Node) string { return s.decl.file.text(n.Pos(), n.End()) }

// typeOf returns the type of an expression; nil if it is not known.
func (s *spot) typeOf(e ast.Expr) types.Type { return s.decl.pkg.info.TypeOf(e) }

// replace offers text in place of a node.
func (s *spot) replace(n ast.Node, text string) { s.offer(span{n.Pos(), n.End(), text}) }

// token offers another operator in place of the one at pos.
func (s *spot) token(pos token.Pos, old, replacement token.Token) {
	s.offer(span{pos, pos + token.Pos(len(old.String())), replacement.String()})
}

// swap offers two nodes in each other's place; a stands before b.
func (s *spot) swap(a, b ast.Node) {
	s.offer(span{a.Pos(), a.End(), s.text(b)}, span{b.Pos(), b.End(), s.text(a)})
}

// remove offers to take away a statement, with its lines.
func (s *spot) remove(n ast.Node) {
	s.offer(s.decl.file.lines(n.Pos(), n.End()))
}

// Edits yields the edits of a folder's package, in the order of files, places
// and operators. Each is made when it is asked for. Where the types of the
// package are known, each of them compiles. Tests and generated files are left
// alone.
func (m *GoModule) Edits(dir string) iter.Seq[Edit] {
	return m.edits(dir, func(op goOperator) bool { return !op.Repair })
}

func (m *GoModule) edits(dir string, wanted func(goOperator) bool) iter.Seq[Edit] {
	return func(yield func(Edit) bool) {
		seen := map[string]bool{}
		for d := range m.load(dir).decls() {
			for dr := range m.drafts(d, wanted) {
				e, ok := m.finish(d, dr)
				if !ok || seen[e.Key()] {
					continue
				}
				seen[e.Key()] = true
				if !yield(e) {
					return
				}
			}
		}
	}
}

// drafts yields what the operators offer in one declaration.
func (m *GoModule) drafts(d goDecl, wanted func(goOperator) bool) iter.Seq[draft] {
	return func(yield func(draft) bool) {
		operators, more := goOperators(), true
		ast.PreorderStack(d.node, nil, func(n ast.Node, stack []ast.Node) bool {
			for _, op := range operators {
				if !more {
					return false
				}
				if !wanted(op) {
					continue
				}
				op.visit(&spot{m: m, decl: d, node: n, stack: stack, offer: func(spans ...span) {
					more = more && yield(draft{operator: op.Name, at: spans[0].from, spans: spans})
				}})
			}
			return more && !isImport(n)
		})
	}
}

func isImport(n ast.Node) bool {
	gen, ok := n.(*ast.GenDecl)
	return ok && gen.Tok == token.IMPORT
}

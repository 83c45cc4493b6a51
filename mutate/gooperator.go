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
	Repair bool   // only offered as a repair: it undoes what another operator does
}

// A goOperator is an operator for Go. Visit is called for every node inside of
// a declaration and offers what it would change there.
type goOperator struct {
	name   string
	doc    string
	source string
	rank   rank
	visit  func(*spot)
}

// A rank says how plausible it is that an operator repairs what is broken.
// Operators of one rank come in the order of places.
type rank int

const (
	likely  rank = iota // undoes a small slip
	fair                // puts another name, or asks for more
	seldom              // takes away, or brings something from elsewhere
	repairs             // added to a rank: for repairs only
)

// GoOperators lists the operators for Go in the order in which they are tried at
// one place.
func GoOperators() []Operator {
	var list []Operator
	for _, op := range goOperators() {
		list = append(list, Operator{op.name, op.doc, op.source, op.rank >= repairs})
	}
	return list
}

func goOperators() []goOperator {
	return slices.Concat(goConditions(), goStatements(), goValues(), goNames(), goWhole(), goInverses(), goTransplants())
}

// A spot is one node of a declaration, and where an operator says what it would
// change there.
type spot struct {
	m     *GoModule
	decl  goDecl
	node  ast.Node
	stack []ast.Node // what holds node, outermost first
	yield func(...part)
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

// offer offers new text in place of some of the declaration's.
func (s *spot) offer(spans ...span) { s.yield(part{decl: s.decl, spans: spans}) }

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

// Edits yields the edits of a folder's package, or those in some of its
// functions, in the order of files, places and operators. Each is made when it is
// asked for. Where the types of the package are known, each of them compiles.
// Tests and generated files are left alone.
func (m *GoModule) Edits(dir string, in ...Function) iter.Seq[Edit] {
	return m.enumerate(dir, in, []func(rank) bool{func(r rank) bool { return r < repairs }})
}

// Repairs yields edits of a folder's package, or of some of its functions, that
// could undo a bug: the same operators, what undoes them, and what stands
// elsewhere in the module. They come function by function, the most plausible
// first; there can be thousands for one function, so stop where it is enough.
func (m *GoModule) Repairs(dir string, in ...Function) iter.Seq[Edit] {
	var ranks []func(rank) bool
	for want := range repairs {
		ranks = append(ranks, func(r rank) bool { return r%repairs == want })
	}
	return m.enumerate(dir, in, ranks)
}

func (m *GoModule) enumerate(dir string, in []Function, passes []func(rank) bool) iter.Seq[Edit] {
	return func(yield func(Edit) bool) {
		seen := map[string]bool{}
		for d := range m.load(dir).decls() {
			if len(in) > 0 && !slices.Contains(in, m.function(d)) {
				continue
			}
			for _, wanted := range passes {
				for dr := range m.drafts(d, wanted) {
					e, ok := m.finish(dr)
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
}

// drafts yields what the operators of some ranks offer in one declaration.
func (m *GoModule) drafts(d goDecl, wanted func(rank) bool) iter.Seq[draft] {
	return func(yield func(draft) bool) {
		operators, more := slices.DeleteFunc(goOperators(), func(op goOperator) bool { return !wanted(op.rank) }), true
		ast.PreorderStack(d.node, nil, func(n ast.Node, stack []ast.Node) bool {
			for _, op := range operators {
				if !more {
					return false
				}
				op.visit(&spot{m: m, decl: d, node: n, stack: stack, yield: func(parts ...part) {
					more = more && yield(draft{operator: op.name, at: parts[0].place(), parts: parts})
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

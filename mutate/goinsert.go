package mutate

import (
	"go/ast"
	"go/token"
	"go/types"
	"iter"
	"strings"
)

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

func insertStatement(s *spot) {
	for gap := range s.gaps() {
		left := mostStatements
		visible := s.visible(gap.at)
		for don := range s.near(statementsOf) {
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

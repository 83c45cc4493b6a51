package mutate

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// A freeName is a local name of a donor, at some offsets of its text.
type freeName struct {
	name string
	typ  types.Type
	at   []int
}

// freeNames lists the local names that a node uses and does not declare, in the
// order of their first use.
func freeNames(d goDecl, n ast.Node) []freeName {
	var list []freeName
	index := map[types.Object]int{}
	ast.Inspect(n, func(inner ast.Node) bool {
		id, ok := inner.(*ast.Ident)
		v, isVar := d.pkg.info.Uses[id].(*types.Var)
		if !ok || !isVar || v.IsField() || v.Parent() == nil || v.Parent() == d.pkg.types.Scope() || n.Pos() <= v.Pos() && v.Pos() < n.End() {
			return true
		}
		if _, known := index[v]; !known {
			index[v] = len(list)
			list = append(list, freeName{name: v.Name(), typ: v.Type()})
		}
		i := index[v]
		list[i].at = append(list[i].at, int(id.Pos()-n.Pos()))
		return true
	})
	return list
}

// at writes a donor for a place: with its own names where they mean the same
// there, otherwise with what is nearest of their types. Where it has one free name
// there are several ways.
func (don *donor) at(visible []value) []string {
	choices := make([][]string, len(don.free))
	for i, f := range don.free {
		choices[i] = namesFor(f, visible)
		if len(choices[i]) == 0 {
			return nil
		}
	}
	texts := []string{don.with(choices, 0)}
	for way := 1; len(don.free) == 1 && way < min(3, len(choices[0])); way++ {
		texts = append(texts, don.with(choices, way))
	}
	return texts
}

func namesFor(f freeName, visible []value) []string {
	var names []string
	for _, v := range visible {
		switch {
		case !types.Identical(v.typ, f.typ):
		case v.text == f.name:
			names = slices.Insert(names, 0, v.text)
		default:
			names = append(names, v.text)
		}
	}
	return names
}

func (don *donor) with(choices [][]string, way int) string {
	replaced := map[int][2]string{}
	for i, f := range don.free {
		for _, at := range f.at {
			replaced[at] = [2]string{f.name, choices[i][min(way, len(choices[i])-1)]}
		}
	}
	var b strings.Builder
	last := 0
	for _, at := range slices.Sorted(maps.Keys(replaced)) {
		b.WriteString(don.text[last:at])
		b.WriteString(replaced[at][1])
		last = at + len(replaced[at][0])
	}
	b.WriteString(don.text[last:])
	return b.String()
}

package mutate

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

func replaceConstants(s *spot) {
	gen, ok := s.node.(*ast.GenDecl)
	if !ok || gen.Tok != token.CONST || len(s.stack) > 0 {
		return
	}
	var declared []types.Object
	for _, spec := range gen.Specs {
		if spec, ok := spec.(*ast.ValueSpec); ok {
			for _, name := range spec.Names {
				declared = append(declared, s.decl.pkg.info.Defs[name])
			}
		}
	}
	s.neighbours(declared)
}

func replaceFields(s *spot) {
	n, ok := s.node.(*ast.StructType)
	if !ok {
		return
	}
	var declared []types.Object
	for _, field := range n.Fields.List {
		for _, name := range field.Names {
			declared = append(declared, s.decl.pkg.info.Defs[name])
		}
	}
	s.neighbours(declared)
}

// replaceFunctions looks at all functions from the first of the package.
func replaceFunctions(s *spot) {
	n, ok := s.node.(*ast.FuncDecl)
	if !ok || n.Recv != nil || s.decl.pkg.types == nil {
		return
	}
	old := s.decl.pkg.info.Defs[n.Name]
	var rest []types.Object
	scope := s.decl.pkg.types.Scope()
	for _, name := range scope.Names() {
		if fn, ok := scope.Lookup(name).(*types.Func); ok && old != nil && name > n.Name.Name && name != "main" {
			rest = append(rest, fn)
		}
	}
	for _, other := range rest {
		if types.Identical(old.Type(), other.Type()) {
			s.everywhere(old, other)
			return
		}
	}
}

// neighbours offers for each of some declared things the next of the same type.
func (s *spot) neighbours(declared []types.Object) {
	declared = slices.DeleteFunc(declared, func(o types.Object) bool {
		return o == nil || o.Name() == "_" || o.Name() == "init" || o.Name() == "main"
	})
	for i, old := range declared {
		for j := range len(declared) - 1 {
			other := declared[(i+1+j)%len(declared)]
			if types.Identical(old.Type(), other.Type()) {
				s.everywhere(old, other)
				break
			}
		}
	}
}

// everywhere offers to replace something of the package by another in all places
// of the package that use it, if they are more than one.
func (s *spot) everywhere(old, replacement types.Object) {
	mentions := s.m.indexOf(s.decl.pkg.dir)[origin(old)]
	mentions = slices.DeleteFunc(slices.Clone(mentions), func(x mention) bool { return !x.decl.file.editable })
	parts, ok := s.m.group(mentions, func(_ *spot, x mention) (span, bool) {
		return span{x.id.Pos(), x.id.End(), replacement.Name()}, true
	})
	if ok && len(parts) > 1 {
		s.yield(parts...)
	}
}

// group makes one part of the mentions in each declaration. It returns false
// where there is nothing to put in place of one.
func (m *GoModule) group(mentions []mention, replace func(*spot, mention) (span, bool)) ([]part, bool) {
	var parts []part
	for _, x := range mentions {
		sp, ok := replace(&spot{m: m, decl: x.decl, stack: x.stack}, x)
		if !ok {
			return nil, false
		}
		if len(parts) == 0 || parts[len(parts)-1].decl.node != x.decl.node {
			parts = append(parts, part{decl: x.decl})
		}
		last := &parts[len(parts)-1]
		last.spans = append(last.spans, sp)
	}
	for i := range parts {
		parts[i].spans = outermost(parts[i].spans)
	}
	return parts, true
}

// outermost sorts spans and leaves those out that are inside of another.
func outermost(spans []span) []span {
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	var kept []span
	for _, sp := range spans {
		if len(kept) == 0 || sp.from >= kept[len(kept)-1].to {
			kept = append(kept, sp)
		}
	}
	return kept
}

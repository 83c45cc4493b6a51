package mutate

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// mostNames bounds how many other names are tried in place of one.
const mostNames = 4

// goNames are the operators that put another thing of the same type.
func goNames() []goOperator {
	return []goOperator{
		{"name-replace", "a variable is replaced by another of its type", par, fair, replaceName},
		{"attr-replace", "a field or method is replaced by another of its type", par, fair, replaceAttribute},
		{"call-change", "a function is replaced by another of its package and signature", par, fair, replaceCallee},
		{"chain-break", "a call that returns its receiver's type goes: x.A().B() becomes x.A()", measured, seldom, breakChain},
		{"call-unwrap", "a call that returns its argument's type goes: f(x) becomes x", ours, seldom, unwrapCall},
	}
}

func replaceName(s *spot) {
	id, ok := s.node.(*ast.Ident)
	if !ok || !s.isValue(id) {
		return
	}
	if _, variable := s.decl.pkg.info.Uses[id].(*types.Var); !variable {
		return
	}
	for _, v := range s.visibleOf(s.typeOf(id), id.Pos(), id.Name, 4*mostNames) {
		if !v.field {
			s.replace(id, v.text)
		}
	}
}

func replaceAttribute(s *spot) {
	n, ok := s.node.(*ast.SelectorExpr)
	selection := s.decl.pkg.info.Selections[n]
	if !ok || selection == nil {
		return
	}
	var names []string
	switch selection.Kind() {
	case types.FieldVal:
		names = s.fieldsLike(selection)
	case types.MethodVal:
		names = s.methodsLike(selection)
	}
	for _, name := range nearest(n.Sel.Name, names) {
		s.replace(n.Sel, name)
	}
}

func (s *spot) fieldsLike(selection *types.Selection) []string {
	var names []string
	structure := structOf(selection.Recv())
	for i := range fieldCount(structure) {
		if f := structure.Field(i); types.Identical(f.Type(), selection.Type()) {
			names = append(names, f.Name())
		}
	}
	return names
}

func (s *spot) methodsLike(selection *types.Selection) []string {
	var names []string
	methods := types.NewMethodSet(selection.Recv())
	for method := range methods.Methods() {
		if types.Identical(method.Type(), selection.Type()) {
			names = append(names, method.Obj().Name())
		}
	}
	return names
}

// nearest returns the names that look most like one, without itself.
func nearest(name string, names []string) []string {
	names = slices.DeleteFunc(slices.Clone(names), func(other string) bool { return other == name || other == "_" })
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(alike(name, b), alike(name, a)), strings.Compare(a, b))
	})
	return names[:min(mostNames, len(names))]
}

// alike counts the characters that two names begin and end with.
func alike(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	end := 0
	for end < min(len(a), len(b))-n && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	return n + end
}

func replaceCallee(s *spot) {
	n, ok := s.node.(*ast.CallExpr)
	if !ok {
		return
	}
	id, _ := ast.Unparen(n.Fun).(*ast.Ident)
	if selector, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok && s.decl.pkg.info.Selections[selector] == nil {
		id = selector.Sel
	}
	fn, ok := s.decl.pkg.info.Uses[id].(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Signature().Recv() != nil {
		return
	}
	var names []string
	scope := fn.Pkg().Scope()
	for _, name := range scope.Names() {
		other, ok := scope.Lookup(name).(*types.Func)
		if ok && types.Identical(other.Type(), fn.Type()) && (other.Exported() || fn.Pkg() == s.decl.pkg.types) {
			names = append(names, name)
		}
	}
	for _, name := range nearest(id.Name, names) {
		s.replace(id, name)
	}
}

func breakChain(s *spot) {
	n, ok := s.node.(*ast.CallExpr)
	if !ok {
		return
	}
	selector, ok := n.Fun.(*ast.SelectorExpr)
	if ok && s.decl.pkg.info.Selections[selector] != nil && s.sameType(selector.X, n) {
		s.replace(n, s.text(selector.X))
	}
}

func unwrapCall(s *spot) {
	n, ok := s.node.(*ast.CallExpr)
	if !ok || len(n.Args) == 0 {
		return
	}
	if _, made := s.typeOf(n).(*types.Tuple); !made && s.sameType(n.Args[0], n) && s.isValue(n) {
		s.replace(n, s.text(n.Args[0]))
	}
}

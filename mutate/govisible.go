package mutate

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A value is an expression that a place could use: a variable, or a field of
// one.
type value struct {
	text  string
	typ   types.Type
	field bool
}

// visible lists the variables that can be used at a place, the innermost first,
// then the fields of those that are local. One that a nearer one hides is left
// out.
func (s *spot) visible(pos token.Pos) []value {
	if s.decl.pkg.types == nil {
		return nil
	}
	var locals, globals []value
	hidden := map[string]bool{}
	for scope := s.decl.pkg.types.Scope().Innermost(pos); scope != nil && scope != types.Universe; scope = scope.Parent() {
		global := scope == s.decl.pkg.types.Scope()
		for _, name := range scope.Names() {
			_, o := scope.LookupParent(name, pos)
			v, ok := o.(*types.Var)
			switch {
			case !ok || hidden[name] || name == "_":
			case global:
				globals = append(globals, value{name, v.Type(), false})
			default:
				locals = append(locals, value{name, v.Type(), false})
			}
			hidden[name] = hidden[name] || o != nil
		}
	}
	fields := s.fields(locals)
	return slices.Concat(locals, fields, globals)
}

// fields lists the fields of variables that this package may use.
func (s *spot) fields(of []value) []value {
	var list []value
	for _, v := range of {
		structure := structOf(v.typ)
		for i := range fieldCount(structure) {
			if f := structure.Field(i); f.Exported() || f.Pkg().Path() == s.decl.pkg.path {
				list = append(list, value{v.text + "." + f.Name(), f.Type(), true})
			}
		}
	}
	return list
}

// structOf returns the struct that a type is or points to; nil if there is none.
func structOf(t types.Type) *types.Struct {
	if pointer, ok := underlying(t).(*types.Pointer); ok {
		t = pointer.Elem()
	}
	structure, _ := underlying(t).(*types.Struct)
	return structure
}

func fieldCount(s *types.Struct) int {
	if s == nil {
		return 0
	}
	return min(s.NumFields(), 40)
}

// visibleOf lists the values of one type, at most n, without one that is there
// already.
func (s *spot) visibleOf(t types.Type, pos token.Pos, not string, n int) []value {
	if t == nil {
		return nil
	}
	list := s.visible(pos)
	list = slices.DeleteFunc(list, func(v value) bool { return v.text == not || !types.Identical(v.typ, t) })
	return list[:min(n, len(list))]
}

// isValue says whether the node is an expression whose value is read: no name
// that is declared, assigned to, or a part of another name.
func (s *spot) isValue(e ast.Expr) bool {
	tv, ok := s.decl.pkg.info.Types[e]
	if !ok || !tv.IsValue() {
		return false
	}
	switch p := s.parent(1).(type) {
	case *ast.SelectorExpr:
		return p.X == e
	case *ast.KeyValueExpr:
		return p.Value == e
	case *ast.AssignStmt:
		return !slices.Contains(p.Lhs, e)
	case *ast.UnaryExpr:
		return p.Op != token.AND
	case *ast.RangeStmt:
		return p.X == e
	case *ast.CallExpr:
		return p.Fun != e
	case *ast.IncDecStmt:
		return false
	}
	return true
}

package mutate

import (
	"go/ast"
	"go/types"
)

// underlying is nil for a type that is not known.
func underlying(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}

func isBoolean(t types.Type) bool {
	basic, ok := underlying(t).(*types.Basic)
	return ok && basic.Info()&types.IsBoolean != 0
}

func isInteger(t types.Type) bool {
	basic, ok := underlying(t).(*types.Basic)
	return ok && basic.Info()&types.IsInteger != 0
}

func isError(t types.Type) bool {
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}

// sameType says whether two expressions are known to be of one type.
func (s *spot) sameType(a, b ast.Expr) bool {
	x, y := s.typeOf(a), s.typeOf(b)
	return x != nil && y != nil && types.Identical(types.Default(x), types.Default(y))
}

// typeKey names a type so that different types have different names.
func typeKey(t types.Type) string {
	if t == nil {
		return ""
	}
	return types.TypeString(types.Default(t), nil)
}

func typeOfObject(o types.Object) types.Type {
	if o == nil {
		return nil
	}
	return o.Type()
}

func resultsOf(t types.Type) *types.Tuple {
	if signature, ok := t.(*types.Signature); ok {
		return signature.Results()
	}
	return nil
}

// results returns the result types of the function around a return.
func (s *spot) results() *types.Tuple {
	for i := 1; i <= len(s.stack); i++ {
		switch n := s.parent(i).(type) {
		case *ast.FuncLit:
			return resultsOf(s.typeOf(n))
		case *ast.FuncDecl:
			return resultsOf(typeOfObject(s.decl.pkg.info.Defs[n.Name]))
		}
	}
	return nil
}

// typeName writes a type as this file would. Of a package that the file does
// not import it writes the name all the same, and the type checker refuses it.
func (s *spot) typeName(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p.Path() == s.decl.pkg.path {
			return ""
		}
		for _, spec := range s.decl.file.ast.Imports {
			name := importedName(spec, s.decl.pkg.info)
			switch {
			case name == nil || name.Imported().Path() != p.Path() || name.Name() == "_":
			case name.Name() == ".":
				return ""
			default:
				return name.Name()
			}
		}
		return p.Name()
	})
}

// zero is the zero value of a type as an expression in this file; "" if there
// is no short one.
func (s *spot) zero(t types.Type) string {
	switch u := underlying(t).(type) {
	case *types.Basic:
		return basicZero(u)
	case *types.Pointer, *types.Slice, *types.Map, *types.Chan, *types.Signature:
		return "nil"
	case *types.Interface:
		if _, parameter := t.(*types.TypeParam); !parameter {
			return "nil"
		}
	case *types.Struct, *types.Array:
		return s.typeName(t) + "{}"
	}
	if name := s.typeName(t); name != "" {
		return "*new(" + name + ")"
	}
	return ""
}

// zeros are the zero values of a function's results.
func (s *spot) zeros(results *types.Tuple) []string {
	var values []string
	if results != nil {
		for v := range results.Variables() {
			values = append(values, s.zero(v.Type()))
		}
	}
	return values
}

func basicZero(t *types.Basic) string {
	switch {
	case t.Info()&types.IsBoolean != 0:
		return "false"
	case t.Info()&types.IsNumeric != 0:
		return "0"
	case t.Info()&types.IsString != 0:
		return `""`
	}
	return "nil"
}

package mutate

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// goWhole are the operators whose edits touch many declarations, often in
// several files.
func goWhole() []goOperator {
	return []goOperator{
		{"function-remove", "a function goes, and its callers do without", removal, seldom, removeFunction},
		{"method-remove", "a method goes, and its callers do without", removal, seldom, removeMethod},
		{"const-replace-all", "a constant is replaced by its neighbour wherever the package uses it", ours, fair, replaceConstants},
		{"field-replace-all", "a field is replaced by another of its type wherever the package uses it", ours, fair, replaceFields},
		{"call-replace-all", "a function is replaced by another of its signature wherever the package uses it", ours, fair, replaceFunctions},
	}
}

func removeFunction(s *spot) {
	if n, ok := s.node.(*ast.FuncDecl); ok && n.Recv == nil && n.Name.Name != "init" && n.Name.Name != "main" {
		s.removeDeclared(n)
	}
}

func removeMethod(s *spot) {
	if n, ok := s.node.(*ast.FuncDecl); ok && n.Recv != nil && !demanded(s.decl.pkg, n.Name.Name) {
		s.removeDeclared(n)
	}
}

// demanded says whether a method may be one that an interface asks for. It goes
// by the name: who implements what is not always visible.
func demanded(p *goPackage, name string) bool {
	if inInterface(p.types, name) {
		return true
	}
	for _, imported := range p.imports {
		if inInterface(imported, name) {
			return true
		}
	}
	return types.Universe.Lookup("error").Type().Underlying().(*types.Interface).Method(0).Name() == name
}

// inInterface says whether a package declares an interface with a method of a
// name.
func inInterface(p *types.Package, name string) bool {
	if p == nil {
		return false
	}
	for _, declared := range p.Scope().Names() {
		typ, ok := p.Scope().Lookup(declared).(*types.TypeName)
		if !ok {
			continue
		}
		if face, ok := typ.Type().Underlying().(*types.Interface); ok && hasMethod(face, name) {
			return true
		}
	}
	return false
}

func hasMethod(face *types.Interface, name string) bool {
	for method := range face.Methods() {
		if method.Name() == name {
			return true
		}
	}
	return false
}

// removeDeclared offers to remove a function that something uses.
func (s *spot) removeDeclared(n *ast.FuncDecl) {
	object := s.decl.pkg.info.Defs[n.Name]
	if object == nil || n.Body == nil {
		return
	}
	mentions, all := s.m.mentions(s.decl.pkg, object)
	mentions = slices.DeleteFunc(mentions, func(x mention) bool { return x.decl.node == s.decl.node })
	if !all || len(mentions) == 0 {
		return
	}
	parts, ok := s.m.group(mentions, withoutCall)
	if ok {
		s.yield(append([]part{{decl: s.decl, gone: true}}, parts...)...)
	}
}

// withoutCall is what stands in place of a call of a function that went: nothing
// for a statement, the receiver for a chained call, otherwise zero values.
func withoutCall(s *spot, x mention) (span, bool) {
	var node ast.Node = x.id
	i := len(x.stack) - 1
	for ; i >= 0 && isCallee(x.stack[i], node); i-- {
		node = x.stack[i]
	}
	if i < 0 {
		return span{}, false
	}
	call, called := node.(*ast.CallExpr)
	if !called {
		return span{node.Pos(), node.End(), "nil"}, true
	}
	switch parent := x.stack[i].(type) {
	case *ast.ExprStmt, *ast.GoStmt, *ast.DeferStmt:
		return s.decl.file.lines(parent.Pos(), parent.End()), true
	}
	text := s.valueWithout(call, x.stack[i])
	return span{call.Pos(), call.End(), text}, text != ""
}

// isCallee climbs from a function's name to its call.
func isCallee(parent, n ast.Node) bool {
	switch p := parent.(type) {
	case *ast.SelectorExpr:
		return p.Sel == n
	case *ast.IndexExpr:
		return p.X == n
	case *ast.IndexListExpr:
		return p.X == n
	case *ast.ParenExpr:
		return true
	case *ast.CallExpr:
		return p.Fun == n
	}
	return false
}

// valueWithout is an expression of the type that a call had.
func (s *spot) valueWithout(call *ast.CallExpr, parent ast.Node) string {
	t := s.typeOf(call)
	if selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && t != nil {
		if receiver := s.typeOf(selector.X); receiver != nil && types.Identical(receiver, t) {
			return s.text(selector.X)
		}
	}
	_, returned := parent.(*ast.ReturnStmt)
	tuple, ok := t.(*types.Tuple)
	if !ok {
		return s.zeroOf(t, returned)
	}
	var text strings.Builder
	for i := range tuple.Len() {
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString(s.zeroOf(tuple.At(i).Type(), returned))
	}
	return text.String()
}

// zeroOf is a zero value that has its type also where nothing else gives it one,
// unless it is returned.
func (s *spot) zeroOf(t types.Type, returned bool) string {
	zero := s.zero(t)
	switch {
	case returned || zero == "" || zero == `""` || zero == "false":
		return zero
	case zero == "nil":
		return converter(s.typeName(t)) + "(nil)"
	case zero == "0" && !types.Identical(t, types.Typ[types.Int]):
		return s.typeName(t) + "(0)"
	}
	return zero
}

// converter is a type's name as it stands before what is converted to it.
func converter(name string) string {
	if strings.HasPrefix(name, "*") || strings.HasPrefix(name, "func") || strings.Contains(name, "chan") {
		return "(" + name + ")"
	}
	return name
}

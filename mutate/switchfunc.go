package mutate

import (
	"fmt"
	"go/ast"
	"strings"
)

// A switchFunc is a function that candidates edit, and how its copies are
// called from its own first line.
type switchFunc struct {
	decl       *ast.FuncDecl
	why        string // why it cannot be switched; "": it can
	slot       int
	candidates []int // those with number 1, 2, …
	copies     []*switchCopy

	names     []naming // what its signature needs, in the order of the file
	receiver  string   // "r.", or "" for a function
	types     string   // "[K, V]", or ""
	arguments string   // "a, b..."
}

// A naming gives a parameter a name: text in place of some bytes.
type naming struct {
	start, end int
	text       string
}

// function returns what is known of a function of the file.
func (f *switchFile) function(decl *ast.FuncDecl) *switchFunc {
	if known := f.funcs[decl]; known != nil {
		return known
	}
	fn := &switchFunc{decl: decl, why: unswitchable(decl)}
	f.funcs[decl] = fn
	if fn.why == "" {
		f.call(fn)
	}
	return fn
}

// call finds out how to call a copy with what the function itself was given.
func (f *switchFile) call(fn *switchFunc) {
	if decl := fn.decl; decl.Recv != nil {
		fn.receiver = f.parameters(fn, decl.Recv, "r")[0] + "."
	}
	if params := fn.decl.Type.TypeParams; params != nil {
		var names []string
		for _, field := range params.List {
			for _, name := range field.Names {
				names = append(names, name.Name)
			}
		}
		fn.types = "[" + strings.Join(names, ", ") + "]"
	}
	arguments := f.parameters(fn, fn.decl.Type.Params, "p")
	fn.arguments = strings.Join(arguments, ", ")
	if list := fn.decl.Type.Params.List; len(list) > 0 {
		if _, variadic := list[len(list)-1].Type.(*ast.Ellipsis); variadic {
			fn.arguments += "..."
		}
	}
}

// parameters lists the names of parameters, after giving one to those without.
func (f *switchFile) parameters(fn *switchFunc, fields *ast.FieldList, letter string) (names []string) {
	for _, field := range fields.List {
		if len(field.Names) == 0 {
			name := fmt.Sprintf("%s_%s%d", switchPrefix, letter, len(names))
			start := f.offset(field.Type.Pos())
			fn.names = append(fn.names, naming{start, start, name + " "})
			names = append(names, name)
		}
		for _, ident := range field.Names {
			name := ident.Name
			if name == "_" {
				name = fmt.Sprintf("%s_%s%d", switchPrefix, letter, len(names))
				fn.names = append(fn.names, naming{f.offset(ident.Pos()), f.offset(ident.End()), name})
			}
			names = append(names, name)
		}
	}
	return names
}

// unswitchable says why a copy of a function could not stand in for it.
func unswitchable(decl *ast.FuncDecl) string {
	switch {
	case decl.Name.Name == "_":
		return "its function is never called"
	case directive(decl.Doc):
		return "its function has a directive for the compiler"
	case decl.Recv != nil && len(decl.Recv.List) != 1:
		return "its method has no receiver"
	case blankTypeParameter(decl.Type.TypeParams):
		return "its function has a type parameter without a name"
	case countsFrames(decl.Body):
		return "its function calls recover or runtime.Caller, which a copy would change"
	}
	return ""
}

func directive(doc *ast.CommentGroup) bool {
	if doc == nil {
		return false
	}
	for _, comment := range doc.List {
		if strings.HasPrefix(comment.Text, "//go:") || strings.HasPrefix(comment.Text, "//export ") {
			return true
		}
	}
	return false
}

func blankTypeParameter(params *ast.FieldList) bool {
	if params == nil {
		return false
	}
	for _, field := range params.List {
		for _, name := range field.Names {
			if name.Name == "_" {
				return true
			}
		}
	}
	return false
}

// countsFrames says whether a body, function literals aside where it is about
// recover, asks which function called it.
func countsFrames(body *ast.BlockStmt) (counts bool) {
	literals := 0
	var visit func(ast.Node) bool
	visit = func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncLit:
			literals++
			ast.Inspect(node.Body, visit)
			literals--
			return false
		case *ast.CallExpr:
			name, ok := node.Fun.(*ast.Ident)
			counts = counts || ok && name.Name == "recover" && literals == 0
		case *ast.SelectorExpr:
			name, ok := node.X.(*ast.Ident)
			counts = counts || ok && name.Name == "runtime" && strings.HasPrefix(node.Sel.Name, "Caller")
		}
		return true
	}
	ast.Inspect(body, visit)
	return counts
}

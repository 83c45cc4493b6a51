package mutate

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// A switchFile is a source file that candidates edit.
type switchFile struct {
	src   []byte
	ast   *ast.File
	pos   *token.File
	why   string // why no function of it can be switched; "": they can
	funcs map[*ast.FuncDecl]*switchFunc
	added []switchImport // by candidates
}

// A switchImport is an import as it is written, and the name that it declares
// as far as that shows.
type switchImport struct{ name, text string }

func openSwitchFile(name string, read Reader) *switchFile {
	src, err := read(name)
	if err != nil {
		return &switchFile{why: "its file cannot be read: " + err.Error()}
	}
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return &switchFile{why: "its file cannot be parsed: " + err.Error()}
	}
	f := &switchFile{src: src, ast: parsed, pos: fset.File(parsed.FileStart), funcs: map[*ast.FuncDecl]*switchFunc{}}
	switch {
	case strings.HasSuffix(name, "_test.go"):
		f.why = "it edits a test"
	case slices.ContainsFunc(parsed.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"C"` }):
		f.why = "its file uses cgo"
	case bytes.Contains(src, []byte("//line ")) || bytes.Contains(src, []byte("/*line ")):
		f.why = "its file has line directives"
	case bytes.Contains(src, []byte(switchPrefix)):
		f.why = "its file has the name " + switchPrefix
	}
	return f
}

func (f *switchFile) offset(pos token.Pos) int { return f.pos.Offset(pos) }

// split sorts the changes of one candidate: those in bodies of functions by
// function, and the imports that the others add. Whatever else is changed is
// the reason not to hold it.
func (f *switchFile) split(changes []Change) (bodies map[*switchFunc][]Change, added []switchImport, why string) {
	if f.why != "" {
		return nil, nil, f.why
	}
	bodies = map[*switchFunc][]Change{}
	imports := false
	end := -1
	for _, change := range changes {
		from, to := change.Start, change.Start+len(change.Before)
		if from < end || to > len(f.src) || string(f.src[from:to]) != change.Before {
			return nil, nil, "it does not fit its file"
		}
		end = to
		body, imported, why := f.place(from, to, strings.TrimSpace(change.After) == "")
		if why != "" {
			return nil, nil, why
		}
		imports = imports || imported
		if body != nil {
			bodies[body] = append(bodies[body], change)
		}
	}
	if imports {
		added, why = f.newImports(changes)
	}
	return bodies, added, why
}

// place says what a change of some bytes does: edit a function's body, or
// something about imports, or neither (a whole function is removed).
func (f *switchFile) place(from, to int, removes bool) (body *switchFunc, imports bool, why string) {
	decls := f.touched(from, to)
	if len(decls) == 0 {
		if f.lastImport() < from {
			return nil, false, "it changes something between declarations"
		}
		return nil, true, ""
	}
	for _, decl := range decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if removes && decl.Recv == nil && from <= f.offset(decl.Pos()) && f.offset(decl.End()) <= to {
				continue
			}
			if decl.Body == nil || from < f.offset(decl.Body.Lbrace) || f.offset(decl.End()) < to {
				return nil, false, "it changes the declaration of a function or method"
			}
			body = f.function(decl)
			return body, false, body.why
		case *ast.GenDecl:
			if decl.Tok != token.IMPORT {
				return nil, false, "it changes a declaration"
			}
			imports = true
		}
	}
	return nil, imports, ""
}

// touched lists the declarations that have some of the bytes, or in which they
// are.
func (f *switchFile) touched(from, to int) (decls []ast.Decl) {
	for _, decl := range f.ast.Decls {
		if f.offset(decl.Pos()) < to && from < f.offset(decl.End()) {
			decls = append(decls, decl)
		}
	}
	return decls
}

// lastImport is where the imports end, or the package clause if there are none.
func (f *switchFile) lastImport() int {
	end := f.offset(f.ast.Name.End())
	for _, decl := range f.ast.Decls {
		if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.IMPORT {
			end = f.offset(gen.End())
		}
	}
	return end
}

// edited returns the source between two offsets, with changes that are there.
func (f *switchFile) edited(from, to int, changes []Change) []byte {
	var out []byte
	for _, change := range changes {
		out = append(append(out, f.src[from:change.Start]...), change.After...)
		from = change.Start + len(change.Before)
	}
	return append(out, f.src[from:to]...)
}

// newImports lists the imports that the file has with the changes only.
func (f *switchFile) newImports(changes []Change) (added []switchImport, why string) {
	whole := f.edited(0, len(f.src), changes)
	parsed, err := parser.ParseFile(token.NewFileSet(), "", whole, parser.ImportsOnly)
	if err != nil {
		return nil, "its imports cannot be parsed: " + err.Error()
	}
	has := map[string]bool{}
	for _, spec := range f.ast.Imports {
		has[importText(spec)] = true
	}
	for _, spec := range parsed.Imports {
		if text := importText(spec); !has[text] {
			added = append(added, switchImport{importName(spec), text})
		}
	}
	for _, add := range added {
		for _, other := range f.added {
			if other.name == add.name && other.text != add.text {
				return nil, "another candidate imports something else as " + add.name
			}
		}
	}
	return added, ""
}

func importText(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name + " " + spec.Path.Value
	}
	return spec.Path.Value
}

// importName is the name in the file, or what most packages of such a path
// would be called.
func importName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	value := strings.Trim(spec.Path.Value, "`\"")
	return value[strings.LastIndex(value, "/")+1:]
}

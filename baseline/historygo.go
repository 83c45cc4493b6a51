package baseline

import (
	"cmp"
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/mutate"
)

// goNeeds completes changes that bring back the past of a Go file by what that
// needs to compile: imports and declarations of the same file that are gone since,
// and imports that nothing uses any more. It returns nil when the result cannot
// be parsed.
func goNeeds(now, then []byte, changes []mutate.Change) []mutate.Change {
	file, fset := parseGo(now)
	old, oldSet := parseGo(then)
	text := spliced(now, changes)
	after, _ := parseGo(text)
	if file == nil || old == nil || after == nil {
		return nil
	}
	added := goneDecls(then, file, old, oldSet, after)
	if added != "" {
		end := len(now)
		changes = append(changes, mutate.Change{File: changes[0].File, Start: end, After: added})
		if after, _ = parseGo(append(text, added...)); after == nil {
			return nil
		}
	}
	changes = append(changes, importChanges(now, changes[0].File, file, fset, old, after)...)
	slices.SortFunc(changes, func(a, b mutate.Change) int { return cmp.Compare(a.Start, b.Start) })
	return changes
}

func spliced(text []byte, changes []mutate.Change) []byte {
	var out []byte
	at := 0
	for _, c := range changes {
		out = append(append(out, text[at:c.Start]...), c.After...)
		at = c.Start + len(c.Before)
	}
	return append(out, text[at:]...)
}

// goneDecls returns the functions of the past that the new text names and that
// are no longer there, and those that they name.
func goneDecls(then []byte, now, old *ast.File, fset *token.FileSet, after *ast.File) string {
	past := functionsOf(old)
	maps.DeleteFunc(past, func(name string, _ *ast.FuncDecl) bool { return functionsOf(now)[name] != nil })
	var text strings.Builder
	queue := identifiers(after)
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if f := past[name]; f != nil {
			delete(past, name)
			text.WriteString("\n" + string(then[declStart(fset, f):fset.Position(f.End()).Offset]) + "\n")
			queue = append(queue, identifiers(f)...)
		}
	}
	return text.String()
}

// functionsOf lists the functions of a file, without methods, by name.
func functionsOf(file *ast.File) map[string]*ast.FuncDecl {
	list := map[string]*ast.FuncDecl{}
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
			list[f.Name.Name] = f
		}
	}
	return list
}

// identifiers lists the names below a node, sorted.
func identifiers(n ast.Node) []string {
	names := map[string]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			names[id.Name] = true
		}
		return true
	})
	return slices.Sorted(maps.Keys(names))
}

// importChanges drops imports that are not used any more, and adds those of the
// past that are again.
func importChanges(source []byte, name string, now *ast.File, fset *token.FileSet, old, after *ast.File) (changes []mutate.Change) {
	still, known := qualifiers(after), map[string]bool{}
	for _, c := range importCuts(source, now, fset, qualifiers(now), still) {
		changes = append(changes, mutate.Change{File: name, Start: c.start, Before: string(source[c.start:c.end])})
	}
	for _, spec := range now.Imports {
		known[importName(spec, qualifiers(now))] = true
	}
	var text strings.Builder
	for _, spec := range old.Imports {
		local := importName(spec, qualifiers(old))
		if local == "" || known[local] || !still[local] {
			continue
		}
		text.WriteString("\n\nimport ")
		if spec.Name != nil {
			text.WriteString(spec.Name.Name + " ")
		}
		text.WriteString(spec.Path.Value)
	}
	if text.Len() > 0 {
		changes = append(changes, mutate.Change{File: name, Start: fset.Position(now.Name.End()).Offset, After: text.String()})
	}
	return changes
}

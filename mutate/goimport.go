package mutate

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
)

// importUses says which declarations of a file use which of its imports.
func importUses(f *goFile, info *types.Info) map[*ast.ImportSpec]map[ast.Decl]bool {
	uses := map[*ast.ImportSpec]map[ast.Decl]bool{}
	specs := importSpecs(f.ast.Imports, info)
	for _, decl := range f.ast.Decls {
		for spec := range usedImports(decl, specs, info) {
			if uses[spec] == nil {
				uses[spec] = map[ast.Decl]bool{}
			}
			uses[spec][decl] = true
		}
	}
	return uses
}

// importSpecs maps what stands for an import in a file to its spec: the name
// that it declares, and everything exported where that is a dot.
func importSpecs(imports []*ast.ImportSpec, info *types.Info) map[types.Object]*ast.ImportSpec {
	specs := map[types.Object]*ast.ImportSpec{}
	for _, spec := range imports {
		name := importedName(spec, info)
		if name == nil {
			continue
		}
		specs[name] = spec
		if name.Name() == "." {
			scope := name.Imported().Scope()
			for _, exported := range scope.Names() {
				specs[scope.Lookup(exported)] = spec
			}
		}
	}
	return specs
}

// importedName returns what an import declares; nil if it is not known.
func importedName(spec *ast.ImportSpec, info *types.Info) *types.PkgName {
	object := info.Implicits[spec]
	if spec.Name != nil {
		object = info.Defs[spec.Name]
	}
	name, _ := object.(*types.PkgName)
	return name
}

func usedImports(node ast.Node, specs map[types.Object]*ast.ImportSpec, info *types.Info) map[*ast.ImportSpec]bool {
	used := map[*ast.ImportSpec]bool{}
	ast.Inspect(node, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if spec := specs[info.Uses[id]]; spec != nil {
				used[spec] = true
			}
		}
		return true
	})
	return used
}

// idleImports lists the imports of a file that nothing uses after rewrites.
func idleImports(f *goFile, rewrites []rewrite) []*ast.ImportSpec {
	var idle []*ast.ImportSpec
	for _, spec := range f.ast.Imports {
		uses := maps.Clone(f.uses[spec])
		before := len(uses)
		for _, r := range rewrites {
			delete(uses, r.decl.node)
			if r.imports[spec] {
				uses[r.decl.node] = true
			}
		}
		if before > 0 && len(uses) == 0 {
			idle = append(idle, spec)
		}
	}
	return idle
}

// dropImports removes imports with their lines, and declarations of which none is
// left. One that shares its line stays for its side effects: what separates it from
// its neighbours would stand alone.
func dropImports(f *goFile, specs []*ast.ImportSpec) (changes []Change) {
	for _, decl := range f.ast.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.IMPORT {
			continue
		}
		var gone []ast.Node
		for _, spec := range gen.Specs {
			if slices.Contains(specs, spec.(*ast.ImportSpec)) {
				gone = append(gone, spec)
			}
		}
		if _, _, alone := f.ownLines(gen.Pos(), gen.End()); alone && len(gone) == len(gen.Specs) && len(gone) > 0 {
			gone = []ast.Node{gen}
		}
		for _, n := range gone {
			changes = append(changes, f.dropped(n))
		}
	}
	return changes
}

// dropped takes an import, or a declaration of imports, away.
func (f *goFile) dropped(n ast.Node) Change {
	at := span{from: n.Pos(), to: n.End()}
	if _, _, alone := f.ownLines(n.Pos(), n.End()); alone {
		at = f.lines(n.Pos(), n.End())
	} else if spec, ok := n.(*ast.ImportSpec); ok {
		at.text = "_ " + spec.Path.Value
	}
	return Change{File: f.path, Start: f.offset(at.from), Before: f.text(at.from, at.to), After: at.text}
}

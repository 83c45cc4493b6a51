package baseline

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// dropImports takes out the imports that the old source used and the new one no
// longer does. What a package is called is guessed from its path, and the guess
// counts only if the old source uses that name.
func dropImports(old, source []byte) []byte {
	before, _ := parseGo(old)
	after, fset := parseGo(source)
	if before == nil || after == nil {
		return nil
	}
	return without(source, importCuts(source, after, fset, qualifiers(before), qualifiers(after)))
}

// importCuts lists the imports of a file that used to be used and are not still.
func importCuts(source []byte, file *ast.File, fset *token.FileSet, used, still map[string]bool) (cuts []cut) {
	for _, decl := range file.Decls {
		imports, ok := decl.(*ast.GenDecl)
		if !ok || imports.Tok != token.IMPORT {
			continue
		}
		var gone []cut
		for _, spec := range imports.Specs {
			if name := importName(spec.(*ast.ImportSpec), used); name != "" && !still[name] {
				gone = append(gone, wholeLines(source, fset.Position(spec.Pos()).Offset, fset.Position(spec.End()).Offset))
			}
		}
		if len(gone) == len(imports.Specs) && len(gone) > 0 {
			gone = []cut{wholeLines(source, fset.Position(imports.Pos()).Offset, fset.Position(imports.End()).Offset)}
		}
		cuts = append(cuts, gone...)
	}
	return cuts
}

// qualifiers lists the names before a dot, which imported packages are used by.
func qualifiers(file *ast.File) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				names[x.Name] = true
			}
		}
		return true
	})
	return names
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// importName is the name by which a file uses an import, "" if that is not known.
func importName(spec *ast.ImportSpec, used map[string]bool) string {
	if spec.Name != nil {
		if used[spec.Name.Name] {
			return spec.Name.Name
		}
		return "" // "_" and "."
	}
	full, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return ""
	}
	base := path.Base(full)
	if majorVersion.MatchString(base) {
		base = path.Base(path.Dir(full))
	}
	base, _, _ = strings.Cut(base, ".")
	for _, name := range []string{base, strings.TrimPrefix(base, "go-"), strings.TrimSuffix(base, "-go"), strings.ReplaceAll(base, "-", ""), strings.ReplaceAll(base, "-", "_")} {
		if used[name] {
			return name
		}
	}
	return ""
}

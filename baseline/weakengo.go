package baseline

import (
	"bytes"
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A cut is bytes of a file that are taken out.
type cut struct{ start, end int }

// A goTest is a top-level test of Go that is to be hidden.
type goTest struct {
	name  string
	cases []string // its failing subtests, without its own name; none: the test as a whole
	rows  bool     // where the cases are rows of a table, take out only those
}

// weakenGo takes tests out of a Go test file: the rows of their tables that
// fail, where those can be told from the names of the subtests, or else the
// whole functions, with the imports that nothing else needs. A test that other
// code mentions stays. It returns nil when there is nothing to take out.
func weakenGo(source []byte, tests []goTest) []byte {
	file, fset := parseGo(source)
	if file == nil {
		return nil
	}
	var cuts []cut
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Recv != nil || f.Body == nil {
			continue
		}
		i := slices.IndexFunc(tests, func(t goTest) bool { return t.name == f.Name.Name })
		if i < 0 || mentions(source, f.Name.Name) > 1+mentions(docOf(source, fset, f), f.Name.Name) {
			continue
		}
		if rows := tableRows(source, fset, f, tests[i]); rows != nil {
			cuts = append(cuts, rows...)
			continue
		}
		cuts = append(cuts, wholeLines(source, declStart(fset, f), fset.Position(f.End()).Offset))
	}
	if cuts == nil {
		return nil
	}
	return dropImports(source, without(source, cuts))
}

// parseGo parses a file; nil if that is impossible.
func parseGo(source []byte) (*ast.File, *token.FileSet) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, nil
	}
	return file, fset
}

func declStart(fset *token.FileSet, f *ast.FuncDecl) int {
	if f.Doc != nil {
		return fset.Position(f.Doc.Pos()).Offset
	}
	return fset.Position(f.Pos()).Offset
}

func docOf(source []byte, fset *token.FileSet, f *ast.FuncDecl) []byte {
	return source[declStart(fset, f):fset.Position(f.Pos()).Offset]
}

func mentions(source []byte, name string) int {
	return len(regexp.MustCompile(`\b`+regexp.QuoteMeta(name)+`\b`).FindAll(source, -1))
}

// tableRows finds, for every failing case, the one row of a table in the test
// that has its name; nil when one cannot be found or no row would be left.
func tableRows(source []byte, fset *token.FileSet, f *ast.FuncDecl, test goTest) (cuts []cut) {
	if !test.rows || len(test.cases) == 0 {
		return nil
	}
	taken := map[*ast.CompositeLit]int{}
	for _, name := range topCases(test.cases) {
		table, row := findRow(f, name)
		if row == nil {
			return nil
		}
		if taken[table]++; taken[table] == len(table.Elts) {
			return nil
		}
		start, end := fset.Position(row.Pos()).Offset, fset.Position(row.End()).Offset
		if rest := source[end:]; bytes.HasPrefix(bytes.TrimLeft(rest, " \t"), []byte(",")) {
			end += bytes.IndexByte(rest, ',') + 1
		}
		cuts = append(cuts, wholeLines(source, start, end))
	}
	return cuts
}

// topCases lists the names of the subtests one level below a test.
func topCases(cases []string) (names []string) {
	for _, name := range cases {
		top, _, _ := strings.Cut(name, "/")
		names = append(names, top)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// findRow finds the only row of the tables in a function that holds a name.
func findRow(f *ast.FuncDecl, name string) (table *ast.CompositeLit, row ast.Expr) {
	found := 0
	ast.Inspect(f, func(n ast.Node) bool {
		if list, ok := n.(*ast.CompositeLit); ok {
			for _, element := range list.Elts {
				if named(element, name) {
					table, row = list, element
					found++
				}
			}
		}
		return true
	})
	if found != 1 {
		return nil, nil
	}
	return table, row
}

// named says whether a row of a table has a name: as its key, or as a field.
func named(row ast.Expr, name string) bool {
	if pair, ok := row.(*ast.KeyValueExpr); ok {
		if _, isField := pair.Key.(*ast.Ident); isField {
			return false
		}
		return isName(pair.Key, name) || named(pair.Value, name)
	}
	if ref, ok := row.(*ast.UnaryExpr); ok {
		row = ref.X
	}
	fields, ok := row.(*ast.CompositeLit)
	return ok && slices.ContainsFunc(fields.Elts, func(field ast.Expr) bool {
		if pair, ok := field.(*ast.KeyValueExpr); ok {
			field = pair.Value
		}
		return isName(field, name)
	})
}

// isName says whether an expression is the string that names a subtest, as
// package testing rewrites it.
func isName(e ast.Expr, name string) bool {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return false
	}
	text, err := strconv.Unquote(lit.Value)
	return err == nil && text != "" && subtestName(text) == name
}

func subtestName(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte('_')
		case !strconv.IsPrint(r):
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// wholeLines widens a cut to the lines it fills, and takes one of the blank
// lines around it.
func wholeLines(source []byte, start, end int) cut {
	first := bytes.LastIndexByte(source[:start], '\n') + 1
	last := len(source)
	if i := bytes.IndexByte(source[end:], '\n'); i >= 0 {
		last = end + i + 1
	}
	if len(bytes.TrimSpace(source[first:start])) > 0 || !blankOrComment(source[end:last]) {
		return cut{start, end}
	}
	if before := source[:first]; bytes.HasSuffix(before, []byte("\n\n")) || bytes.HasSuffix(before, []byte("\n\r\n")) {
		if closes(source[last:]) {
			first = bytes.LastIndexByte(source[:first-1], '\n') + 1
		}
	}
	return cut{first, last}
}

// closes says whether no blank line is wanted before the rest of a file.
func closes(rest []byte) bool {
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	line = bytes.TrimSpace(line)
	return len(line) == 0 || line[0] == ')' || line[0] == '}'
}

func blankOrComment(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) == 0 || bytes.HasPrefix(line, []byte("//"))
}

// without returns source without some parts of it.
func without(source []byte, cuts []cut) []byte {
	slices.SortFunc(cuts, func(a, b cut) int { return cmp.Compare(a.start, b.start) })
	var kept []byte
	at := 0
	for _, c := range cuts {
		kept = append(kept, source[at:max(at, c.start)]...)
		at = max(at, c.end)
	}
	return append(kept, source[at:]...)
}

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

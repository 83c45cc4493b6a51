package baseline

import (
	"bytes"
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

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

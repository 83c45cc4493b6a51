package baseline

import (
	"bytes"
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
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

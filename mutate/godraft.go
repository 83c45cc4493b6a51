package mutate

import (
	"go/ast"
	"go/format"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// maxRepairs bounds how often a draft is repaired and looked at again.
const maxRepairs = 6

// A draft is an edit as an operator made it: it says what, and leaves to finish
// that the result compiles and is formatted.
type draft struct {
	operator string
	at       token.Pos // the place that Line tells of
	parts    []part    // the first is where the edit is
}

// A part is what a draft does to one declaration.
type part struct {
	decl  goDecl
	spans []span // sorted
	gone  bool   // the whole declaration goes
}

// A span is new text for the source between two positions.
type span struct {
	from, to token.Pos
	text     string
}

// place is where a part begins.
func (p part) place() token.Pos {
	if p.gone {
		return p.decl.node.Pos()
	}
	return p.spans[0].from
}

// method says whether a part is a method that goes.
func (p part) method() bool {
	fn, ok := p.decl.node.(*ast.FuncDecl)
	return p.gone && ok && fn.Recv != nil
}

// A rewrite is a part whose text compiles.
type rewrite struct {
	part
	text string
	recheck
}

// finish turns a draft into an Edit: variables that lost their only use get one
// (_ = x), imports that did are dropped, the declarations are formatted as gofmt
// does if they were so before. It returns false when the result would not compile,
// or would be no change. Where a method goes, all packages that could miss it in
// an interface are checked; of a function every use is known.
func (m *GoModule) finish(dr draft) (Edit, bool) {
	d := dr.parts[0].decl
	e := Edit{Operator: dr.operator, File: d.file.path, Line: m.line(dr.at), Func: d.name}
	files := map[*goFile][]rewrite{}
	for _, p := range dr.parts {
		r, ok := m.settle(p)
		if !ok {
			return Edit{}, false
		}
		files[p.decl.file] = append(files[p.decl.file], r)
	}
	for file, rewrites := range files {
		e.Changes = append(e.Changes, dropImports(file, idleImports(file, rewrites))...)
		for _, r := range rewrites {
			e.Changes = append(e.Changes, r.changes()...)
		}
	}
	slices.SortFunc(e.Changes, byOffset)
	if len(e.Changes) == 0 || disjoint(e.Changes) != nil {
		return Edit{}, false
	}
	return e, !dr.parts[0].method() || m.Check(e) == nil
}

// settle makes a part's text one that compiles.
func (m *GoModule) settle(p part) (rewrite, bool) {
	if p.gone {
		return rewrite{part: p}, true
	}
	text := p.decl.with(p.spans)
	for range maxRepairs {
		r, err := m.recheck(p.decl, text)
		if err != nil {
			return rewrite{}, false
		}
		if len(r.unused) == 0 {
			formatted, ok := p.decl.formatted(text)
			return rewrite{p, formatted, *r}, ok
		}
		var ok bool
		if text, ok = useVariable(text, r); !ok {
			return rewrite{}, false
		}
	}
	return rewrite{}, false
}

// changes are those that a rewrite makes to its declaration.
func (r rewrite) changes() []Change {
	f := r.decl.file
	if r.gone {
		lines := f.lines(r.decl.begin(), r.decl.node.End())
		return []Change{{File: f.path, Start: f.offset(lines.from), Before: f.text(lines.from, lines.to), After: lines.text}}
	}
	return difference(f.path, f.offset(r.decl.node.Pos()), r.decl.text(), r.text)
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

// with returns the declaration's text with spans replaced; they are sorted.
func (d goDecl) with(spans []span) string {
	var b strings.Builder
	at := d.node.Pos()
	for _, s := range spans {
		b.WriteString(d.file.text(at, s.from))
		b.WriteString(s.text)
		at = s.to
	}
	b.WriteString(d.file.text(at, d.node.End()))
	return b.String()
}

// formatted formats a declaration's text, if the file was formatted.
func (d goDecl) formatted(text string) (string, bool) {
	if !d.file.clean() {
		return text, true
	}
	out, err := format.Source([]byte(text))
	return strings.TrimSuffix(string(out), "\n"), err == nil
}

// useVariable uses the first unused variable of a text right after it is
// declared. It returns false where there is no place for it.
func useVariable(text string, r *recheck) (string, bool) {
	e := r.unused[0]
	_, name, _ := strings.Cut(e.Msg, ": ")
	path := enclosing(r.node, e.Pos)
	for i := len(path) - 1; i > 0; i-- {
		var parent ast.Node = path[i-1]
		switch n := path[i].(type) {
		case *ast.FuncLit, *ast.BlockStmt:
			return "", false
		case *ast.RangeStmt:
			return insert(text, int(n.Body.Lbrace+1-r.base), "\n_ = "+name+"\n"), true
		case *ast.AssignStmt, *ast.DeclStmt:
			return useAfter(text, r, n, parent, name)
		}
	}
	return "", false
}

func useAfter(text string, r *recheck, n, parent ast.Node, name string) (string, bool) {
	use := "_ = " + name
	switch p := parent.(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.LabeledStmt:
		return insertLine(text, int(n.End()-r.base), use), true
	case *ast.CommClause:
		if p.Comm == n {
			return insert(text, int(p.Colon+1-r.base), "\n"+use+"\n"), true
		}
		return insertLine(text, int(n.End()-r.base), use), true
	case *ast.IfStmt:
		return insert(text, int(p.Body.Lbrace+1-r.base), "\n"+use+"\n"), true
	case *ast.ForStmt:
		return insert(text, int(p.Body.Lbrace+1-r.base), "\n"+use+"\n"), true
	case *ast.TypeSwitchStmt:
		if assign, ok := p.Assign.(*ast.AssignStmt); ok && assign == n {
			from, to := int(assign.Pos()-r.base), int(assign.Rhs[0].Pos()-r.base)
			return text[:from] + text[to:], true
		}
	}
	return "", false
}

func insert(text string, at int, what string) string {
	return text[:at] + what + text[at:]
}

// insertLine inserts a line below the one on which a statement ends, after its
// comment, with the indentation of that line.
func insertLine(text string, end int, line string) string {
	begin := strings.LastIndexByte(text[:end], '\n') + 1
	indent := text[begin : begin+len(text[begin:])-len(strings.TrimLeft(text[begin:], " \t"))]
	rest, _, _ := strings.Cut(text[end:], "\n")
	if trimmed := strings.TrimSpace(rest); trimmed == "" || strings.HasPrefix(trimmed, "//") {
		return insert(text, end+len(rest), "\n"+indent+line)
	}
	return insert(text, end, "\n"+indent+line)
}

// enclosing lists the nodes that hold a position, outermost first.
func enclosing(root ast.Node, pos token.Pos) []ast.Node {
	var path []ast.Node
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil || pos < n.Pos() || pos >= n.End() {
			return false
		}
		path = append(path, n)
		return true
	})
	return path
}

// dropImports removes imports with their lines.
func dropImports(f *goFile, specs []*ast.ImportSpec) []Change {
	var changes []Change
	for _, spec := range specs {
		from, to := importRange(f, spec)
		lines := f.lines(from, to)
		changes = append(changes, Change{File: f.path, Start: f.offset(lines.from), Before: f.text(lines.from, lines.to), After: lines.text})
	}
	return changes
}

// importRange is what has to go with an import: its declaration, if it is the
// only one there.
func importRange(f *goFile, spec *ast.ImportSpec) (from, to token.Pos) {
	for _, decl := range f.ast.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if ok && len(gen.Specs) == 1 && gen.Specs[0] == spec {
			return gen.Pos(), gen.End()
		}
	}
	return spec.Pos(), spec.End()
}

// lines widens a range to the lines it stands on, its trailing comment
// included, and to one of the blank lines it would leave side by side. Where
// something else stands on them the range stays as it is.
func (f *goFile) lines(from, to token.Pos) span {
	src := string(f.src)
	start, end := f.offset(from), f.offset(to)
	begin := strings.LastIndexByte(src[:start], '\n') + 1
	rest, _, _ := strings.Cut(src[end:], "\n")
	trimmed := strings.TrimSpace(rest)
	if strings.TrimSpace(src[begin:start]) != "" || trimmed != "" && !strings.HasPrefix(trimmed, "//") {
		return span{from: from, to: to}
	}
	end = min(end+len(rest)+1, len(src))
	blankBefore := strings.HasSuffix(src[:begin], "\n\n")
	next, _, _ := strings.Cut(src[end:], "\n")
	switch next = strings.TrimSpace(next); {
	case blankBefore && (end == len(src) || strings.HasPrefix(next, ")")):
		begin--
	case next == "" && (blankBefore || strings.HasSuffix(src[:begin], "(\n")):
		end = min(end+strings.IndexByte(src[end:]+"\n", '\n')+1, len(src))
	}
	return span{from: f.base + token.Pos(begin), to: f.base + token.Pos(end)}
}

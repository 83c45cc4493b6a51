package mutate

import (
	"go/ast"
	"go/format"
	"go/token"
	"slices"
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
		changes, ok := file.changes(rewrites)
		if !ok {
			return Edit{}, false
		}
		e.Changes = append(e.Changes, changes...)
	}
	slices.SortFunc(e.Changes, byOffset)
	if len(e.Changes) == 0 {
		return Edit{}, false
	}
	return e, !dr.parts[0].method() || m.Check(e) == nil
}

// changes are what rewrites of some declarations do to their file, sorted, with
// the imports that they leave unused. They are formatted one by one, which is
// cheap; where gofmt looks at more than a declaration, the file is.
func (f *goFile) changes(rewrites []rewrite) (list []Change, ok bool) {
	idle := idleImports(f, rewrites)
	together := len(idle) > 0
	list = dropImports(f, idle)
	for _, r := range rewrites {
		list = append(list, r.changes()...)
		together = together || r.gone || !f.apart(r.decl.begin(), r.decl.node.End())
	}
	slices.SortFunc(list, byOffset)
	if disjoint(list) != nil {
		return nil, false
	}
	if !together || !f.clean() {
		return list, true
	}
	return f.formatted(list)
}

// formatted makes changes such that the whole file is as gofmt leaves it: it
// aligns functions of one line, and comments, that stand below each other, and
// takes the blank lines that imports leave.
func (f *goFile) formatted(changes []Change) ([]Change, bool) {
	text, err := splice(f.src, changes)
	if err != nil {
		return nil, false
	}
	text, err = format.Source(text)
	return difference(f.path, 0, string(f.src), string(text)), err == nil
}

// settle makes a part's text one that compiles.
func (m *GoModule) settle(p part) (rewrite, bool) {
	if p.gone {
		_, _, alone := p.decl.file.ownLines(p.decl.begin(), p.decl.node.End())
		return rewrite{part: p}, alone
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

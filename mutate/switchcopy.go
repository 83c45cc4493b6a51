package mutate

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
)

// A switchCopy is a copy of a function for one candidate or several. Several
// share it where each changes statements of its own that can stand in a branch:
// the compiler's work is less by as much.
type switchCopy struct {
	numbers []int        // of its candidates, in the function
	body    []byte       // with its braces, as its one candidate has it; nil: shared
	parts   []switchPart // what is otherwise by candidate: ascending, not overlapping
	size    int          // bytes of the parts, all variants of them
}

// A switchPart is some statements in a row, and what candidates have instead.
type switchPart struct {
	from, to int // offsets in the file
	variants []switchVariant
}

type switchVariant struct {
	number int // of the candidate, in the function
	text   []byte
}

// sharedSize bounds the parts of a copy, in times the function.
const sharedSize = 4

// hold takes in a candidate, in the first copy where it has room, or in one of its
// own. It returns by how many bytes the copies have grown.
func (f *switchFile) hold(fn *switchFunc, candidate int, changes []Change, alone bool) (size int) {
	fn.candidates = append(fn.candidates, candidate)
	number := len(fn.candidates)
	whole := f.offset(fn.decl.Body.End()) - f.offset(fn.decl.Body.Lbrace)
	part, shares := f.part(fn, changes)
	if alone || !shares {
		body := f.edited(f.offset(fn.decl.Body.Lbrace), f.offset(fn.decl.Body.End()), changes)
		fn.copies = append(fn.copies, &switchCopy{numbers: []int{number}, body: body})
		return len(body)
	}
	variant := switchVariant{number, f.edited(part.from, part.to, changes)}
	for _, c := range fn.copies {
		if size, ok := c.take(part, variant, sharedSize*whole); ok {
			return size
		}
	}
	c := &switchCopy{}
	size, _ = c.take(part, variant, maxCopies)
	fn.copies = append(fn.copies, c)
	return whole + size
}

// take takes in a variant of a part, if it has room for it.
func (c *switchCopy) take(part switchPart, variant switchVariant, room int) (size int, ok bool) {
	at, known := slices.BinarySearchFunc(c.parts, part, func(a, b switchPart) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	})
	size = len(variant.text)
	if !known {
		size += part.to - part.from
	}
	switch {
	case c.body != nil || c.size+size > room:
		return 0, false
	case !known && at > 0 && c.parts[at-1].to > part.from:
		return 0, false
	case !known && at < len(c.parts) && c.parts[at].from < part.to:
		return 0, false
	case !known:
		c.parts = slices.Insert(c.parts, at, part)
	}
	c.size += size
	c.numbers = append(c.numbers, variant.number)
	c.parts[at].variants = append(c.parts[at].variants, variant)
	return size, true
}

// part finds the fewest statements in a row that some changes of a function's
// body are in, if they can stand in a branch, with the changes and without.
func (f *switchFile) part(fn *switchFunc, changes []Change) (part switchPart, ok bool) {
	last := changes[len(changes)-1]
	from, to := changes[0].Start, last.Start+len(last.Before)
	var visit func(ast.Node) bool
	visit = func(node ast.Node) bool {
		if node == nil || from < f.offset(node.Pos()) || f.offset(node.End()) < to {
			return false
		}
		list, start, end := f.statements(node)
		if end < to || from < start {
			return true
		}
		first, _ := slices.BinarySearchFunc(list, from, func(s ast.Stmt, at int) int { return cmp.Compare(f.offset(s.End()), at) })
		after, _ := slices.BinarySearchFunc(list, to+1, func(s ast.Stmt, at int) int { return cmp.Compare(f.offset(s.Pos()), at) })
		if first > 0 {
			start = f.offset(list[first-1].End())
		}
		if inner, runs := f.run(list[first:after], start, from, to); runs {
			part, ok = inner, true
		}
		for _, statement := range list[first:after] {
			ast.Inspect(statement, visit)
		}
		return false
	}
	ast.Inspect(fn.decl.Body, visit)
	return part, ok && branches(f.edited(part.from, part.to, changes))
}

// statements lists the statements of a node that has a list of them, and where
// they may stand; end is -1 when it has none.
func (f *switchFile) statements(node ast.Node) (list []ast.Stmt, start, end int) {
	switch node := node.(type) {
	case *ast.BlockStmt:
		return node.List, f.offset(node.Lbrace) + 1, f.offset(node.Rbrace)
	case *ast.CaseClause:
		return node.Body, f.offset(node.Colon) + 1, f.offset(node.End())
	case *ast.CommClause:
		return node.Body, f.offset(node.Colon) + 1, f.offset(node.End())
	}
	return nil, 0, -1
}

// run makes a part of the statements that some bytes touch, with those bytes,
// unless these begin or end between statements in what may be a comment; what is
// between statements begins at start.
func (f *switchFile) run(touched []ast.Stmt, start, from, to int) (part switchPart, ok bool) {
	plain := func(from, to int) bool { return to <= from || !bytes.Contains(f.src[from:to], []byte("/")) }
	if len(touched) == 0 {
		return switchPart{from: from, to: to}, plain(start, to)
	}
	first, after := f.offset(touched[0].Pos()), f.offset(touched[len(touched)-1].End())
	part = switchPart{from: min(from, first), to: max(to, after)}
	return part, (first <= from || plain(start, from)) && plain(after, to) && !slices.ContainsFunc(touched, fixed)
}

// branches says whether statements, as text, can stand in a branch.
func branches(text []byte) bool {
	source := fmt.Appendf(nil, "package p\nfunc _() {\n%s\n}", text)
	parsed, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	if err != nil || len(parsed.Decls) != 1 {
		return false
	}
	fn, ok := parsed.Decls[0].(*ast.FuncDecl)
	return ok && !slices.ContainsFunc(fn.Body.List, fixed)
}

// fixed says whether a statement would mean something else in a branch, or change
// what is behind it: it declares something there, or a label anywhere.
func fixed(statement ast.Stmt) (fixed bool) {
	switch s := statement.(type) {
	case *ast.DeclStmt, *ast.CaseClause, *ast.CommClause:
		return true
	case *ast.AssignStmt:
		return s.Tok == token.DEFINE
	case *ast.BranchStmt:
		return s.Tok == token.FALLTHROUGH
	}
	ast.Inspect(statement, func(node ast.Node) bool {
		_, label := node.(*ast.LabeledStmt)
		fixed = fixed || label
		return !fixed
	})
	return fixed
}

// A copyWriter writes copies and notes whose lines they are.
type copyWriter struct {
	text    []byte
	line    int // that is written next
	regions []region
}

// write writes whole lines that belong to some candidates.
func (w *copyWriter) write(candidates []int, text []byte) {
	lines := bytes.Count(text, []byte("\n"))
	w.regions = append(w.regions, region{w.line, w.line + lines - 1, candidates})
	w.line += lines
	w.text = append(w.text, text...)
}

// copyText writes a copy: the function with another name and body. It is never
// inlined: the original, which calls all copies, would hold all of a short one's,
// and a fifth of the compiler's time was spent on that.
func (f *switchFile) copyText(w *copyWriter, fn *switchFunc, number int) {
	c, decl := fn.copies[number], fn.decl
	all := make([]int, len(c.numbers))
	for i, n := range c.numbers {
		all[i] = fn.candidates[n-1]
	}
	before := f.src[f.offset(decl.Pos()):f.offset(decl.Name.Pos())]
	after := f.src[f.offset(decl.Name.End()):f.offset(decl.Body.Lbrace)]
	text := fmt.Appendf(nil, "//go:noinline\n%s%s%s", before, fn.copyName(number), after)
	if c.body != nil {
		w.write(all, append(append(text, c.body...), '\n'))
		return
	}
	at := f.offset(decl.Body.Lbrace)
	for _, part := range c.parts {
		text = append(append(text, f.src[at:part.from]...), '\n')
		for _, v := range part.variants {
			w.write(all, fmt.Appendf(text, "if %s.On[%d] == %d {\n", switchPrefix, fn.slot, v.number))
			w.write(fn.candidates[v.number-1:v.number], append(v.text, '\n'))
			text = []byte("} else ")
		}
		text = fmt.Appendf(text, "{\n%s\n}\n", f.src[part.from:part.to])
		at = part.to
	}
	w.write(all, fmt.Appendf(text, "%s\n", f.src[at:f.offset(decl.Body.End())]))
}

package mutate

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// What is longer, in bytes, is not brought elsewhere.
const (
	maxExpression = 100
	maxStatement  = 300
)

// A donor is code that stands somewhere in a package and could stand elsewhere
// in it, with its local names replaced by those of the same types there (the
// plastic surgery hypothesis: Barr et al., FSE 2014).
type donor struct {
	text  string
	typ   types.Type // of an expression
	free  []freeName
	where goDecl
	uses  int // how often it stands in the package
}

// A freeName is a local name of a donor, at some offsets of its text.
type freeName struct {
	name string
	typ  types.Type
	at   []int
}

// donors are what a package can give, the most common first.
type donors struct {
	expressions map[string][]*donor // by the name of their type
	statements  []*donor
	bodies      map[string][]*donor // by the signature they are of
	literals    map[token.Token][]string
	wraps       map[string][]string // functions of one argument whose type they return, by its name
}

func (m *GoModule) donorsOf(p *goPackage) *donors {
	m.mu.Lock()
	given := m.donors[p.dir]
	m.mu.Unlock()
	if given != nil {
		return given
	}
	given = collectDonors(p)
	m.addTestLiterals(p.dir, given)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.donors[p.dir] = given
	return given
}

func collectDonors(p *goPackage) *donors {
	given := &donors{
		expressions: map[string][]*donor{}, bodies: map[string][]*donor{},
		literals: map[token.Token][]string{}, wraps: map[string][]string{},
	}
	seen := map[string]*donor{}
	for d := range p.decls() {
		ast.PreorderStack(d.node, nil, func(n ast.Node, stack []ast.Node) bool {
			given.add(d, n, stack, seen)
			return !isImport(n)
		})
	}
	common := func(a, b *donor) int { return cmp.Compare(b.uses, a.uses) }
	for _, list := range given.expressions {
		slices.SortStableFunc(list, common)
	}
	slices.SortStableFunc(given.statements, common)
	return given
}

func (g *donors) add(d goDecl, n ast.Node, stack []ast.Node, seen map[string]*donor) {
	switch n := n.(type) {
	case *ast.BasicLit:
		g.addLiteral(n.Kind, n.Value)
	case *ast.FuncDecl:
		g.addBody(d, n)
	case *ast.CallExpr, *ast.BinaryExpr, *ast.SelectorExpr, *ast.IndexExpr, *ast.UnaryExpr, *ast.SliceExpr, *ast.CompositeLit:
		g.addExpression(d, n.(ast.Expr), seen)
	case ast.Stmt:
		if brings(n) && len(stack) > 0 && statements(stack[len(stack)-1]) != nil {
			g.addStatement(d, n, seen)
		}
	}
}

// brings says whether a statement does something that could be missing
// elsewhere.
func brings(n ast.Stmt) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		return n.Tok != token.DEFINE && !isName(n.Lhs[0], "_")
	case *ast.ExprStmt, *ast.IncDecStmt, *ast.DeferStmt, *ast.IfStmt, *ast.RangeStmt, *ast.ForStmt, *ast.SendStmt:
		return true
	}
	return false
}

func (g *donors) addLiteral(kind token.Token, text string) {
	if !slices.Contains(g.literals[kind], text) {
		g.literals[kind] = append(g.literals[kind], text)
	}
}

func (g *donors) addExpression(d goDecl, e ast.Expr, seen map[string]*donor) {
	tv := d.pkg.info.Types[e]
	if !tv.IsValue() || tv.Type == nil || int(e.End()-e.Pos()) > maxExpression {
		return
	}
	if _, several := tv.Type.(*types.Tuple); several {
		return
	}
	key := typeKey(tv.Type)
	if new, ok := newDonor(d, e, key, seen); ok {
		new.typ = tv.Type
		g.expressions[key] = append(g.expressions[key], new)
	}
	if call, ok := e.(*ast.CallExpr); ok && len(call.Args) == 1 && typeKey(d.pkg.info.TypeOf(call.Args[0])) == key {
		fun := d.file.text(call.Fun.Pos(), call.Fun.End())
		if !slices.Contains(g.wraps[key], fun) {
			g.wraps[key] = append(g.wraps[key], fun)
		}
	}
}

func (g *donors) addStatement(d goDecl, n ast.Stmt, seen map[string]*donor) {
	if int(n.End()-n.Pos()) > maxStatement {
		return
	}
	if new, ok := newDonor(d, n, "statement", seen); ok {
		g.statements = append(g.statements, new)
	}
}

func (g *donors) addBody(d goDecl, n *ast.FuncDecl) {
	object := d.pkg.info.Defs[n.Name]
	if object == nil || n.Body == nil || len(n.Body.List) == 0 || int(n.Body.End()-n.Body.Pos()) > 4*maxStatement {
		return
	}
	if new, ok := newDonor(d, n.Body, "body", map[string]*donor{}); ok {
		key := typeKey(object.Type())
		g.bodies[key] = append(g.bodies[key], new)
	}
}

// typeKey names a type so that different types have different names.
func typeKey(t types.Type) string {
	if t == nil {
		return ""
	}
	return types.TypeString(types.Default(t), nil)
}

// newDonor makes a donor of a node. It returns false if the same text with the
// same names was seen before.
func newDonor(d goDecl, n ast.Node, kind string, seen map[string]*donor) (*donor, bool) {
	text := d.file.text(n.Pos(), n.End())
	free := freeNames(d, n)
	var key strings.Builder
	key.WriteString(kind + "\x00" + text)
	for _, f := range free {
		key.WriteString("\x00" + typeKey(f.typ))
	}
	if known := seen[key.String()]; known != nil {
		known.uses++
		return nil, false
	}
	seen[key.String()] = &donor{text: text, free: free, where: d, uses: 1}
	return seen[key.String()], true
}

// freeNames lists the local names that a node uses and does not declare, in the
// order of their first use.
func freeNames(d goDecl, n ast.Node) []freeName {
	var list []freeName
	index := map[types.Object]int{}
	ast.Inspect(n, func(inner ast.Node) bool {
		id, ok := inner.(*ast.Ident)
		v, isVar := d.pkg.info.Uses[id].(*types.Var)
		if !ok || !isVar || v.IsField() || v.Parent() == nil || v.Parent() == d.pkg.types.Scope() || n.Pos() <= v.Pos() && v.Pos() < n.End() {
			return true
		}
		if _, known := index[v]; !known {
			index[v] = len(list)
			list = append(list, freeName{name: v.Name(), typ: v.Type()})
		}
		i := index[v]
		list[i].at = append(list[i].at, int(id.Pos()-n.Pos()))
		return true
	})
	return list
}

// at writes a donor for a place: with its own names where they mean the same
// there, otherwise with what is nearest of their types. Where it has one free name
// there are several ways.
func (don *donor) at(visible []value) []string {
	choices := make([][]string, len(don.free))
	for i, f := range don.free {
		choices[i] = namesFor(f, visible)
		if len(choices[i]) == 0 {
			return nil
		}
	}
	texts := []string{don.with(choices, 0)}
	for way := 1; len(don.free) == 1 && way < min(3, len(choices[0])); way++ {
		texts = append(texts, don.with(choices, way))
	}
	return texts
}

func namesFor(f freeName, visible []value) []string {
	var names []string
	for _, v := range visible {
		switch {
		case !types.Identical(v.typ, f.typ):
		case v.text == f.name:
			names = slices.Insert(names, 0, v.text)
		default:
			names = append(names, v.text)
		}
	}
	return names
}

func (don *donor) with(choices [][]string, way int) string {
	replaced := map[int][2]string{}
	for i, f := range don.free {
		for _, at := range f.at {
			replaced[at] = [2]string{f.name, choices[i][min(way, len(choices[i])-1)]}
		}
	}
	var b strings.Builder
	last := 0
	for _, at := range slices.Sorted(maps.Keys(replaced)) {
		b.WriteString(don.text[last:at])
		b.WriteString(replaced[at][1])
		last = at + len(replaced[at][0])
	}
	b.WriteString(don.text[last:])
	return b.String()
}

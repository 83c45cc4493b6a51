package mutate

import (
	"cmp"
	"go/ast"
	"go/scanner"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// What is longer, in bytes, is not brought elsewhere.
const (
	maxExpression = 100
	maxStatement  = 300
)

// A donor is code that stands somewhere in a module and could stand elsewhere in
// it, with its local names replaced by those of the same types there (the plastic
// surgery hypothesis: Barr et al., FSE 2014).
type donor struct {
	text  string
	typ   types.Type // of an expression
	free  []freeName
	where goDecl
	uses  int               // how often it stands in the package
	needs map[string]string // the packages that it names, by the name in its file
	bound bool              // it names something of its own package
}

// donors are what a package can give, the most common first.
type donors struct {
	expressions map[string][]*donor // by the name of their type
	statements  []*donor
	bodies      map[string][]*donor // by the signature they are of
	literals    map[token.Token][]string
	wraps       map[string][]string // functions of one argument whose type they return, by its name
	others      []string            // the folders of packages that give after this one
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
	given.others = m.others(p.dir)
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

// addTestLiterals adds the constants in a folder's tests.
func (m *GoModule) addTestLiterals(dir string, g *donors) {
	tested := map[token.Token][]string{}
	for _, file := range m.dirs[dir] {
		src, err := m.read(file)
		if err != nil || !strings.HasSuffix(file, "_test.go") || len(src) > maxGoFile {
			continue
		}
		var s scanner.Scanner
		s.Init(token.NewFileSet().AddFile("", -1, len(src)), src, nil, 0)
		for _, tok, text := s.Scan(); tok != token.EOF; _, tok, text = s.Scan() {
			if (tok == token.INT || tok == token.STRING) && len(text) <= maxExpression {
				tested[tok] = append(tested[tok], text)
			}
		}
	}
	for tok, list := range tested {
		list = append(list, g.literals[tok]...)
		slices.Sort(list)
		g.literals[tok] = slices.Compact(list)
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
	if made, ok := newDonor(d, e, key, seen); ok {
		made.typ = tv.Type
		g.expressions[key] = append(g.expressions[key], made)
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
	if made, ok := newDonor(d, n, "statement", seen); ok {
		g.statements = append(g.statements, made)
	}
}

func (g *donors) addBody(d goDecl, n *ast.FuncDecl) {
	object := d.pkg.info.Defs[n.Name]
	if object == nil || n.Body == nil || len(n.Body.List) == 0 || int(n.Body.End()-n.Body.Pos()) > 4*maxStatement {
		return
	}
	if made, ok := newDonor(d, n.Body, "body", map[string]*donor{}); ok {
		key := typeKey(object.Type())
		g.bodies[key] = append(g.bodies[key], made)
	}
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
	made := &donor{text: text, free: free, where: d, uses: 1, needs: map[string]string{}}
	ast.Inspect(n, made.bind)
	seen[key.String()] = made
	return made, true
}

// bind looks what a donor names besides its local names.
func (don *donor) bind(n ast.Node) bool {
	id, ok := n.(*ast.Ident)
	if !ok {
		return true
	}
	switch o := don.where.pkg.info.Uses[id].(type) {
	case *types.PkgName:
		don.needs[o.Name()] = o.Imported().Path()
	case nil:
	default:
		don.bound = don.bound || o.Parent() == don.where.pkg.types.Scope()
	}
	return true
}

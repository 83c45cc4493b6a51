package mutate

import (
	"go/ast"
	"go/token"
)

// maxConstant is how long a string constant may grow, in bytes. The type checker
// has no such limit: twenty lines, each of which doubles the one before, would
// take all memory.
const maxConstant = 1 << 20

// A growth bounds how long the string constants of some files can become, from
// their syntax alone.
type growth struct {
	exprs  map[string][]ast.Expr // what constants of a name are made of
	length map[string]int        // of the longest; known, or being worked out
}

// excessive says whether a constant of some files could be longer than
// maxConstant. A constant of another package counts as a short one, so a chain
// through many packages is not seen.
func excessive(files []*goFile) bool {
	g := growth{map[string][]ast.Expr{}, map[string]int{}}
	for _, f := range files {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if gen, ok := n.(*ast.GenDecl); ok && gen.Tok == token.CONST {
				g.collect(gen)
			}
			return true
		})
	}
	for name := range g.exprs {
		if g.of(name) > maxConstant {
			return true
		}
	}
	return false
}

func (g growth) collect(gen *ast.GenDecl) {
	for _, spec := range gen.Specs {
		spec, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		for _, name := range spec.Names {
			g.exprs[name.Name] = append(g.exprs[name.Name], spec.Values...)
		}
	}
}

// of bounds the length of the constants of a name.
func (g growth) of(name string) int {
	if length, known := g.length[name]; known {
		return length
	}
	g.length[name] = 0 // a circle, which the type checker refuses
	longest := 0
	for _, e := range g.exprs[name] {
		longest = max(longest, g.sum(e))
	}
	g.length[name] = longest
	return longest
}

// sum adds up what an expression is made of, and stops where it is too much.
func (g growth) sum(e ast.Expr) int {
	total := 0
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			total += len(n.Value)
		case *ast.Ident:
			total += g.of(n.Name)
		}
		return total <= maxConstant
	})
	return min(total, maxConstant+1)
}

package survey_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
)

// A package of the module and its tests type-check against what the importer
// gives, without an error.
func TestGoImporter(t *testing.T) {
	for _, name := range []string{"github.com/gorilla/mux@v1.8.1", "github.com/sourcegraph/go-diff@v0.7.0"} {
		t.Run(name, func(t *testing.T) {
			subject := project(t, "module:"+name)
			start := time.Now()
			imports, err := survey.GoImporter(t.Context(), subject)
			require.NoError(t, err)
			t.Logf("importer in %v", time.Since(start))
			fset := token.NewFileSet()
			for dir, files := range parse(t, fset, subject) {
				config := types.Config{Importer: imports}
				_, err := config.Check(dir, fset, files, nil)
				require.NoError(t, err, dir)
			}
			_, err = imports.Import("no/such/package")
			require.ErrorContains(t, err, "no/such/package")
		})
	}
}

// parse reads the packages of a tree that have no import of the module itself.
func parse(t *testing.T, fset *token.FileSet, s survey.Subject) map[string][]*ast.File {
	packages := map[string][]*ast.File{}
	for name := range s.Tree.Paths() {
		if path.Ext(name) != ".go" || strings.Contains(name, "testdata") {
			continue
		}
		file, err := s.Tree.Read(name)
		require.NoError(t, err)
		parsed, err := parser.ParseFile(fset, name, file.Data, 0)
		require.NoError(t, err)
		if parsed.Name.Name != "main" && !strings.HasSuffix(parsed.Name.Name, "_test") {
			packages[path.Dir(name)] = append(packages[path.Dir(name)], parsed)
		}
	}
	return packages
}

package preset_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/preset"
)

var (
	named = regexp.MustCompile("`([a-z]+)\\.([A-Z][A-Za-z0-9]*)(?:\\{([A-Z][A-Za-z0-9]*)[:}])?")
	rows  = regexp.MustCompile("(?m)^\\| `([A-Za-z0-9]+)` \\|")
)

// docs/systems.md names nothing that the code does not have, every preset, and every
// file of golden numbers.
func TestSystemsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/systems.md")
	require.NoError(t, err)
	exported := map[string]map[string]bool{}
	for _, match := range named.FindAllStringSubmatch(string(text), -1) {
		pkg, name, field := match[1], match[2], match[3]
		if exported[pkg] == nil {
			exported[pkg] = names(t, pkg)
		}
		require.True(t, exported[pkg][name], match[0])
		if field != "" {
			require.True(t, exported[pkg][name+"."+field], match[0])
		}
	}
	var documented []string
	for _, match := range rows.FindAllStringSubmatch(string(text), -1) {
		documented = append(documented, match[1])
	}
	require.Equal(t, preset.Names(), documented)

	files, err := filepath.Glob("../testdata/vectors/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		require.Contains(t, string(text), "`"+strings.TrimSuffix(filepath.Base(file), ".json")+"`")
	}
}

// names are what a package exports, and the fields of its structs as "Type.Field".
func names(t *testing.T, pkg string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("../" + pkg + "/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, files, "package %s", pkg)
	found := map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, declared := range file.Decls {
			switch d := declared.(type) {
			case *ast.FuncDecl:
				found[d.Name.Name] = true
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if s, ok := spec.(*ast.TypeSpec); ok {
						found[s.Name.Name] = true
						fields(found, s)
					}
				}
			}
		}
	}
	return found
}

func fields(found map[string]bool, s *ast.TypeSpec) {
	structure, ok := s.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, field := range structure.Fields.List {
		for _, name := range field.Names {
			found[s.Name.Name+"."+name.Name] = true
		}
	}
}

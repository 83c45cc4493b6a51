package mutate

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"slices"
	"strconv"
)

// dependents lists the folders of changed files and of packages that import
// them, directly or not.
func (m *GoModule) dependents(files map[string][]byte) []string {
	var queue []string
	for file := range files {
		queue = append(queue, path.Dir(file))
	}
	seen := map[string]bool{}
	for ; len(queue) > 0; queue = queue[1:] {
		if !seen[queue[0]] {
			seen[queue[0]] = true
			queue = append(queue, m.importers()[queue[0]]...)
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// importers lists for each folder those whose packages or tests import it.
func (m *GoModule) importers() map[string][]string {
	m.graph.Do(func() {
		m.usedBy = map[string][]string{}
		for _, dir := range m.Dirs() {
			for importPath := range m.importsOf(dir) {
				if of, ours := m.dirOf(importPath); ours && of != dir {
					m.usedBy[of] = append(m.usedBy[of], dir)
				}
			}
		}
	})
	return m.usedBy
}

func (m *GoModule) importsOf(dir string) map[string]bool {
	paths := map[string]bool{}
	for _, file := range m.dirs[dir] {
		src, err := m.read(file)
		if err != nil {
			continue
		}
		syntax, _ := parser.ParseFile(token.NewFileSet(), file, src, parser.ImportsOnly)
		for _, spec := range imports(syntax) {
			paths[spec] = true
		}
	}
	return paths
}

func imports(syntax *ast.File) []string {
	var paths []string
	if syntax != nil {
		for _, spec := range syntax.Imports {
			if importPath, err := strconv.Unquote(spec.Path.Value); err == nil {
				paths = append(paths, importPath)
			}
		}
	}
	return paths
}

package mutate

import (
	"errors"
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// testsCompile says whether the tests of a folder type-check as they are.
func (m *GoModule) testsCompile(dir string) bool {
	m.mu.Lock()
	compile, known := m.tested[dir]
	m.mu.Unlock()
	if !known {
		compile = m.checkTests(dir) == nil
		m.mu.Lock()
		m.tested[dir] = compile
		m.mu.Unlock()
	}
	return compile
}

// checkTests type-checks the tests of a folder: those in the package together
// with it, then those beside it.
func (m *GoModule) checkTests(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.loadLocked(dir)
	inside, beside, err := m.parseTests(p)
	if err != nil {
		return err
	}
	tested := p.types
	if len(inside) > 0 {
		if tested, err = m.checkFiles(p.path, slices.Concat(p.syntax(), inside), nil); err != nil {
			return err
		}
	}
	if len(beside) > 0 {
		_, err = m.checkFiles(p.path+"_test", beside, tested)
	}
	return err
}

// parseTests tells the tests in a package from those beside it, by their package
// clause.
func (m *GoModule) parseTests(p *goPackage) (inside, beside []*ast.File, err error) {
	for _, file := range m.dirs[p.dir] {
		if !strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := m.parse(file)
		switch {
		case err != nil:
			return nil, nil, err
		case f == nil:
		case len(p.files) > 0 && f.ast.Name.Name == p.files[0].ast.Name.Name:
			inside = append(inside, f.ast)
		default:
			beside = append(beside, f.ast)
		}
	}
	return inside, beside, nil
}

// checkFiles type-checks files that may import a package under test.
func (m *GoModule) checkFiles(importPath string, files []*ast.File, tested *types.Package) (*types.Package, error) {
	config := m.config(importerFunc(func(path string) (*types.Package, error) {
		if tested != nil && path == tested.Path() {
			return tested, nil
		}
		return m.importAny(path)
	}))
	if m.external == nil {
		return nil, errors.New("types are not known")
	}
	return safely(config, importPath, m.fset, files, newInfo())
}

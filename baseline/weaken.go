package baseline

import (
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/repo"
)

// weaken takes the tests that fail out of the test files of a tree, as exactly
// as it can; those that it cannot take out stay. Rows says whether to take out
// only the rows of tables, or subtests, that fail. It returns the tree, which is the one given
// when nothing could be done.
func (g *ground) weaken(tree *repo.Tree, failing []survey.Test, rows bool) (*repo.Tree, error) {
	byFile := map[string][]survey.Test{}
	for _, t := range failing {
		if t.File != "" {
			byFile[t.File] = append(byFile[t.File], t)
		}
	}
	changes := map[string]*repo.File{}
	for name, tests := range byFile {
		file, err := tree.Read(name)
		if err != nil {
			return nil, err
		}
		if weak := g.weakenFile(name, file.Data, tests, rows); weak != nil {
			changes[name] = &repo.File{Mode: file.Mode, Data: weak}
		}
	}
	return tree.With(changes)
}

// weakenFile returns a test file without some tests, nil if that cannot be done.
func (g *ground) weakenFile(name string, source []byte, tests []survey.Test, rows bool) []byte {
	switch g.seen.Framework {
	case survey.GoTest:
		return weakenGo(source, goTestsOf(tests, rows))
	case survey.Pytest, survey.Unittest:
		return weakenPython(source, pythonNames(tests, g.seen.Framework))
	case survey.NodeTest:
		return weakenJavaScript(name, source, javaScriptNames(tests), rows)
	}
	return nil
}

// goTestsOf groups failing tests and subtests by the function that holds them.
func goTestsOf(tests []survey.Test, rows bool) (list []goTest) {
	for _, t := range tests {
		name, sub, _ := strings.Cut(t.Name, "/")
		i := slices.IndexFunc(list, func(g goTest) bool { return g.name == name })
		if i < 0 {
			i = len(list)
			list = append(list, goTest{name: name, rows: rows})
		}
		if sub != "" {
			list[i].cases = append(list[i].cases, sub)
		}
	}
	return list
}

package verify

import (
	"bytes"
	"fmt"
	"path"
	"slices"

	"github.com/selfplay-swe/ssr/repo"
)

// A perturbed is the original and the bug with comments added to the files that
// the bug touches.
type perturbed struct {
	files            []string
	original, broken *repo.Tree
}

// perturbs is the fact of the check "perturbation": it makes the trees.
func perturbs(p *Pass) (Verdict, error) {
	made := &perturbed{}
	for _, entry := range p.Artifact.Inject.Entries {
		for _, file := range entry.Touches() {
			if commentLine(file) != "" {
				made.files = append(made.files, file)
			}
		}
	}
	if len(made.files) == 0 {
		return Verdict{Passed: true}, nil
	}
	slices.Sort(made.files)
	made.files = slices.Compact(made.files)
	var err error
	if made.original, err = commented(p.Original, made.files); err != nil {
		return Verdict{}, err
	}
	if made.broken, err = commented(p.Broken, made.files); err != nil {
		return Verdict{}, err
	}
	p.perturbed = made
	return Verdict{Passed: true}, nil
}

// commented returns tree with blank lines and a comment at the end of some files,
// those of them that it has.
func commented(tree *repo.Tree, files []string) (*repo.Tree, error) {
	changes := map[string]*repo.File{}
	for _, name := range files {
		mode, ok := tree.Mode(name)
		if !ok || mode == repo.Symlink {
			continue
		}
		file, err := tree.Read(name)
		if err != nil {
			return nil, err
		}
		if bytes.IndexByte(file.Data, 0) >= 0 {
			continue // no text
		}
		changes[name] = &repo.File{Mode: mode, Data: fmt.Appendf(file.Data[:len(file.Data):len(file.Data)], "\n\n%s\n\n", commentLine(name))}
	}
	return tree.With(changes)
}

// commentLine is a comment in the language of a file; "" where it is not known.
// Languages in which what follows the code can be data (Ruby, Perl) are left out.
func commentLine(file string) string {
	switch path.Ext(file) {
	case ".go", ".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts":
		return "// No test depends on this line."
	case ".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".java", ".cs", ".rs", ".swift", ".kt", ".scala", ".dart":
		return "/* No test depends on this line. */"
	case ".py", ".pyi", ".sh", ".bash":
		return "# No test depends on this line."
	}
	return ""
}

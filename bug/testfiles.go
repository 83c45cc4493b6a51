package bug

import (
	"bytes"
	"path"
	"strings"

	"github.com/selfplay-swe/ssr/repo"
)

// parseTestFiles reads test_files.txt: one path a line, taken as it is, spaces
// included. A line may end in CRLF, and empty lines are passed over. There are
// no comments and no quotes.
func (l Limits) parseTestFiles(text []byte) ([]string, error) {
	if err := within(l.TestFiles, text); err != nil {
		return nil, err
	}
	var list []string
	lines := make(map[string]int)
	number := 0
	for line := range bytes.Lines(text) {
		number++
		name := strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")
		if name == "" {
			continue
		}
		if err := repo.CheckPath(name); err != nil {
			return nil, problem(number, suggestion(name), "%v", err)
		}
		if first, ok := lines[name]; ok {
			return nil, problem(number, "remove one of them", "%q is in line %d already", name, first)
		}
		if len(list) == l.Entries {
			return nil, problem(number, "", "more than %d files are listed", l.Entries)
		}
		lines[name] = number
		list = append(list, name)
	}
	return list, nil
}

// suggestion is what to write instead of a name that is not a path of a tree.
func suggestion(name string) string {
	clean := path.Clean(name)
	if repo.CheckPath(clean) == nil {
		return `write "` + clean + `"`
	}
	return "list paths relative to the repository's root"
}

// Package ssr_test holds what is true of the module as a whole.
package ssr_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/selfplay-swe/ssr"

// arrows lists, for every package of the module, which other packages of the
// module its own files may import; tests may import more. A new package gets a
// line here first, and ARCHITECTURE.md says why. Rooms that are planned stand
// here too, so that the plan cannot close a circle.
var arrows = map[string][]string{
	"repo":                           {},
	"bug":                            {"repo"},
	"sandbox":                        {"repo"},
	"sandbox/local":                  {"sandbox/local/internal/sysprog", "sandbox", "repo"},
	"sandbox/local/internal/sysprog": {},
	"sandbox/sandboxtest":            {"sandbox", "repo"},
	"suite":                          {"sandbox", "repo"},
	"verify":                         {"suite", "bug", "sandbox", "repo"},
	"reward":                         {"textdiff"},
	"textdiff":                       {},
	"choose":                         {"textdiff"},
	"contest":                        {"choose", "solve", "verify", "suite", "bug", "repo"},
	"policy":                         {},
	"policy/openai":                  {"policy"},
	"policy/openai/openaitest":       {"policy"},
	"policy/scripted":                {"policy"},
	"agent":                          {"textdiff", "policy", "sandbox"},
	"mutate":                         {},
	"inject":                         {"agent", "policy", "bug", "sandbox", "repo"},
	"solve":                          {"agent", "policy", "verify", "bug", "sandbox", "repo"},
	"baseline/survey":                {"inject", "suite", "sandbox", "repo"},
	"baseline/trial":                 {"baseline/survey", "mutate", "suite", "sandbox", "repo"},
	"baseline":                       {"baseline/survey", "baseline/trial", "mutate", "inject", "solve", "verify", "suite", "bug", "sandbox", "repo"},
	"work":                           {},
	"work/local":                     {"internal/schema", "work"},
	"work/worktest":                  {"work"},
	"selfplay":                       {"work", "work/local", "inject", "solve", "reward", "verify", "suite", "bug", "sandbox", "repo"},
	"train":                          {},
	"store":                          {"selfplay", "internal/schema"},
	"rollout":                        {"selfplay", "agent", "policy", "inject", "verify", "bug", "reward", "train"},
	"preset":                         {"rollout", "reward", "train", "choose"},
	"export":                         {"store"},
	"dashboard":                      {"store"},
	"internal/machine":               {"sandbox", "sandbox/local", "repo"},
	"internal/schema":                {},
	"internal/vectors":               {},
	"internal/mutantbench":           {"baseline/survey", "baseline/trial", "mutate", "repo", "sandbox", "sandbox/local"},
	"examples/play":                  {"baseline", "store", "work/local", "selfplay", "sandbox/local"},
	"examples/injector":              {"baseline", "selfplay", "inject", "bug", "repo", "sandbox/local"},
	"examples/reward":                {"baseline", "selfplay", "sandbox/local"},
	"examples/verifyall":             {"verify", "bug", "repo", "sandbox", "sandbox/local"},
	"cmd/ssr":                        {"agent", "policy", "policy/openai", "preset", "rollout", "baseline", "store", "work", "work/local", "selfplay", "inject", "solve", "verify", "suite", "bug", "repo", "sandbox", "sandbox/local", "reward"},
}

// judge is what decides whether a bug is real and what it pays. It must be
// trusted without any model, so it compiles without players.
var (
	judge   = []string{"verify", "suite", "sandbox", "sandbox/local", "bug", "repo", "reward"}
	players = []string{"policy", "agent"}
)

func TestArrows(t *testing.T) {
	for name, imports := range modulePackages(t) {
		allowed, listed := arrows[name]
		if !listed {
			t.Errorf("package %s is not in the table of arrows: add it, with what it may import", name)
			continue
		}
		for _, imported := range imports {
			if !slices.Contains(allowed, imported) {
				t.Errorf("%s imports %s; it may import only %v", name, imported, allowed)
			}
		}
	}
}

func TestNoModelInTheJudge(t *testing.T) {
	actual := modulePackages(t)
	for _, name := range judge {
		for _, player := range players {
			require.NotContains(t, reachable(actual, name), player, "%s is part of the judge", name)
			require.NotContains(t, reachable(arrows, name), player, "by the table, %s could import it", name)
		}
	}
}

func TestTableHasNoCircle(t *testing.T) {
	for name, imports := range arrows {
		for _, imported := range imports {
			require.Contains(t, arrows, imported, "%s may import a package that has no line", name)
			require.NotContains(t, reachable(arrows, imported), name, "%s -> %s -> … -> %[1]s", name, imported)
		}
	}
}

// reachable returns name and everything it imports, directly or not.
func reachable(imports map[string][]string, name string) []string {
	seen := map[string]bool{name: true}
	for queue := []string{name}; len(queue) > 0; queue = queue[1:] {
		for _, next := range imports[queue[0]] {
			if !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	return slices.Collect(maps.Keys(seen))
}

// modulePackages finds the packages of the module, and which of each other they
// import, whatever the machine; names are relative to the module. It reads the
// files instead of asking the go command, so that a cached result of this test is
// one of the same files.
func modulePackages(t *testing.T) map[string][]string {
	packages := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != "." && !holdsPackages(path):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		name := filepath.ToSlash(filepath.Dir(path))
		packages[name] = append(packages[name], imports(t, path)...)
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, packages)
	return packages
}

// holdsPackages says whether the go command would look for packages of this
// module in a folder.
func holdsPackages(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err != nil && filepath.Base(dir) != "testdata" && !strings.HasPrefix(filepath.Base(dir), ".")
}

// imports lists what a file imports of the module.
func imports(t *testing.T, path string) (list []string) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	require.NoError(t, err)
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		if name, ours := strings.CutPrefix(imported, module+"/"); ours {
			list = append(list, name)
		}
	}
	return list
}

// Package ssr_test holds what is true of the module as a whole.
package ssr_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"slices"
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
	"suite":                          {"bug", "sandbox", "repo"},
	"verify":                         {"suite", "bug", "sandbox", "repo"},
	"reward":                         {},
	"policy":                         {},
	"agent":                          {"policy", "sandbox"},
	"mutate":                         {},
	"inject":                         {"agent", "bug", "sandbox", "repo"},
	"solve":                          {"agent", "verify", "suite", "bug", "sandbox", "repo"},
	"baseline":                       {"mutate", "inject", "solve", "verify", "suite", "bug", "sandbox", "repo"},
	"work":                           {},
	"selfplay":                       {"work", "inject", "solve", "reward", "agent", "policy", "verify", "suite", "bug", "sandbox", "repo"},
	"train":                          {},
	"store":                          {"selfplay"},
	"export":                         {"store"},
	"dashboard":                      {"store"},
	"cmd/ssr":                        {"verify", "suite", "bug", "repo", "sandbox", "sandbox/local", "reward"},
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

// modulePackages asks the go command which packages of the module there are,
// and which of each other they import; names are relative to the module.
func modulePackages(t *testing.T) map[string][]string {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports,GoFiles", "./...")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())

	packages := map[string][]string{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var found struct {
			ImportPath       string
			Imports, GoFiles []string
		}
		if err := decoder.Decode(&found); errors.Is(err, io.EOF) {
			return packages
		} else {
			require.NoError(t, err)
		}
		if len(found.GoFiles) > 0 {
			packages[relative(found.ImportPath)] = ours(found.Imports)
		}
	}
}

func ours(imports []string) []string {
	var list []string
	for _, path := range imports {
		if path == module || strings.HasPrefix(path, module+"/") {
			list = append(list, relative(path))
		}
	}
	return list
}

func relative(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
}

package machine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// Open opens a project of a public registry, module:PATH@VERSION,
// pypi:NAME==VERSION or npm:NAME@VERSION, or anything else that [repo.Open] takes,
// such as a folder. It skips the test where the registry's client is missing or
// cannot reach it.
func Open(t testing.TB, provider sandbox.Provider, source string) *repo.Snapshot {
	t.Helper()
	snapshot, err := repo.Open(t.Context(), fetch(t, provider, source), repo.Options{})
	if unreachable, ok := errors.AsType[*repo.UnreachableError](err); ok {
		t.Skip(unreachable)
	}
	require.NoError(t, err)
	return snapshot
}

// fetch returns what [repo.Open] takes.
func fetch(t testing.TB, provider sandbox.Provider, source string) string {
	t.Helper()
	switch registry, name, _ := strings.Cut(source, ":"); registry {
	case "pypi":
		project, _, _ := strings.Cut(name, "==")
		return unpack(t, provider, fmt.Sprintf("python3 -m pip download -q --disable-pip-version-check --no-deps --no-binary '%s' '%s'", project, name))
	case "npm":
		return unpack(t, provider, fmt.Sprintf("npm pack -s '%s'", name))
	}
	return source
}

// unpack runs a command that downloads one archive, and returns a folder with
// its content.
func unpack(t testing.TB, provider sandbox.Provider, download string) string {
	t.Helper()
	box, err := provider.New(t.Context(), sandbox.Spec{Network: true})
	require.NoError(t, err)
	defer box.Close()
	script := "mkdir /tmp/got && cd /tmp/got && " + download + " && tar -xzf * -C " + sandbox.WorkDir + " --strip-components=1"
	result, err := box.Run(t.Context(), sandbox.Cmd{Args: []string{"bash", "-c", script}, Combine: true})
	require.NoError(t, err)
	if !result.OK() {
		t.Skipf("the registry cannot be reached, or its client is missing: %s: %s", download, result.Output)
	}
	dir := filepath.Join(t.TempDir(), "project")
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	for _, change := range changes {
		if change.Mode == repo.Regular || change.Mode == repo.Executable {
			copyOut(t, box, change, filepath.Join(dir, change.Path))
		}
	}
	return dir
}

func copyOut(t testing.TB, box sandbox.Sandbox, change sandbox.Change, to string) {
	t.Helper()
	file, err := box.Read(t.Context(), change.Path, change.Size)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
	require.NoError(t, os.WriteFile(to, file.Data, os.FileMode(file.Mode).Perm()))
}

package survey_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local"
)

// localProvider skips the test where the machine cannot isolate.
func localProvider(t testing.TB) sandbox.Provider {
	t.Helper()
	provider, err := local.New(local.Options{})
	require.NoError(t, err)
	box, err := provider.New(t.Context(), sandbox.Spec{})
	if refused, ok := errors.AsType[*sandbox.GuaranteeError](err); ok {
		t.Skip(refused)
	}
	require.NoError(t, err)
	require.NoError(t, box.Close())
	return provider
}

// needs skips the test where sandboxes lack what a command shows.
func needs(t testing.TB, provider sandbox.Provider, command string) {
	t.Helper()
	box, err := provider.New(t.Context(), sandbox.Spec{})
	require.NoError(t, err)
	defer box.Close()
	result, err := box.Run(t.Context(), sandbox.Cmd{Args: []string{"bash", "-c", command}, Combine: true})
	require.NoError(t, err)
	if !result.OK() {
		t.Skipf("sandboxes of this machine cannot run %q: %s", command, result.Output)
	}
}

// tree is a subject of a few files. Where it is a Go module, the standard library
// is compiled: by the setup of a sample, which is kept in the cache of the program.
func tree(t testing.TB, files map[string]string) survey.Subject {
	t.Helper()
	all := map[string]repo.File{}
	for name, text := range files {
		all[name] = repo.File{Mode: repo.Regular, Data: []byte(text)}
	}
	made, err := repo.NewTree(all)
	require.NoError(t, err)
	s := survey.Subject{Tree: made, Provider: localProvider(t), Source: "the sample"}
	if _, ok := files["go.mod"]; ok {
		needs(t, s.Provider, "go version")
		s.Setup = compiledLibrary(t, s.Provider)
	}
	return s
}

func compiledLibrary(t testing.TB, provider sandbox.Provider) *sandbox.Layer {
	t.Helper()
	dir := t.TempDir()
	for name, text := range goSample("") {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	snapshot, err := repo.Open(t.Context(), dir, repo.Options{})
	require.NoError(t, err)
	installed, err := sandbox.Setup{}.Prepare(t.Context(), provider, snapshot)
	require.NoError(t, err)
	return installed.Dependencies
}

// project opens a real project with what its tests need: module:PATH@VERSION,
// pypi:NAME==VERSION or npm:NAME@VERSION. Snapshots and setups are kept in the
// cache of the program.
func project(t testing.TB, source string) survey.Subject {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: downloads real projects and runs their tests")
	}
	provider := localProvider(t)
	snapshot, err := repo.Open(t.Context(), fetch(t, provider, source), repo.Options{})
	require.NoError(t, err)
	installed, err := sandbox.Setup{}.Prepare(t.Context(), provider, snapshot)
	require.NoError(t, err)
	return survey.Subject{Tree: snapshot.Tree, Provider: provider, Setup: installed.Whole, Source: source}
}

// fetch returns what [repo.Open] takes, and skips the test where the registry's
// client is missing or cannot reach it.
func fetch(t testing.TB, provider sandbox.Provider, source string) string {
	t.Helper()
	switch registry, name, _ := strings.Cut(source, ":"); registry {
	case "module":
		cmd := exec.CommandContext(t.Context(), "go", "mod", "download", name)
		cmd.Dir = t.TempDir()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Skipf("the Go module proxy cannot be reached: %v: %s", err, out)
		}
		return source
	case "pypi":
		project, _, _ := strings.Cut(name, "==")
		return unpack(t, provider, fmt.Sprintf("python3 -m pip download -q --disable-pip-version-check --no-deps --no-binary '%s' '%s'", project, name))
	default:
		return unpack(t, provider, fmt.Sprintf("npm pack -s '%s'", name))
	}
}

// unpack runs a command that downloads one archive, and returns a folder with
// its content. Since pip runs the project's own setup.py, that happens in a
// sandbox, too.
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
		if change.Mode != repo.Regular && change.Mode != repo.Executable {
			continue
		}
		file, err := box.Read(t.Context(), change.Path, change.Size)
		require.NoError(t, err)
		to := filepath.Join(dir, change.Path)
		require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
		require.NoError(t, os.WriteFile(to, file.Data, os.FileMode(file.Mode).Perm()))
	}
	return dir
}

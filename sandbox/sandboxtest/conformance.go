package sandboxtest

import (
	"cmp"
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// Options say what [Test] needs to know of a provider.
type Options struct {
	// Claims are the guarantees that the provider gives on this machine; zero
	// means all. An attack on another is skipped, and says so.
	Claims sandbox.Guarantee

	// Folders are where the provider keeps things on the host. They must hold
	// as many entries after the suite as before.
	Folders []string

	// Long is 1,000 hostile runs and 2 GiB of output, instead of 100 and 256 MiB.
	Long bool
}

// attackEnv may name a built testdata/attack, for a test binary that runs where
// no Go is.
const attackEnv = "SSR_ATTACK"

// Test runs the conformance suite against p: the contract, then the attacks,
// then what is left on the host. The same test is run again in a second process
// (attack 13), so the caller must make p in the same way each time.
func Test(t *testing.T, p sandbox.Provider, o Options) {
	o.Claims = cmp.Or(o.Claims, sandbox.AllGuarantees)
	if os.Getenv(victimEnv) != "" {
		newSuite(t, p, o).beVictim(t)
		return
	}
	s := newSuite(t, p, o)
	s.warm(t)
	before := s.hostNow(t)
	t.Run("files", s.testFiles)
	t.Run("commands", s.testCommands)
	t.Run("shell", s.testShell)
	t.Run("lifetime", s.testLifetime)
	t.Run("attacks", s.testAttacks)
	s.sameHost(t, before)
}

// A suite is a provider under test and what its tests share.
type suite struct {
	provider sandbox.Provider
	options  Options
	attack   repo.File // the hostile program
	require  sandbox.Guarantee
}

func newSuite(t testing.TB, p sandbox.Provider, o Options) *suite {
	return &suite{provider: p, options: o, require: o.Claims, attack: buildAttack(t)}
}

// warm makes one sandbox, so that what a provider opens once and keeps is not
// taken for a leak.
func (s *suite) warm(t *testing.T) {
	box := s.box(t, sandbox.Spec{})
	require.NoError(t, box.Close())
}

// buildAttack builds testdata/attack, static, so that it runs in any sandbox.
func buildAttack(t testing.TB) repo.File {
	t.Helper()
	path := os.Getenv(attackEnv)
	if path == "" {
		path = filepath.Join(t.TempDir(), "attack")
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path,
			"github.com/selfplay-swe/ssr/sandbox/sandboxtest/testdata/attack")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		output, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", output)
	}
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return repo.File{Mode: repo.Executable, Data: data}
}

// box makes a sandbox that has the hostile program, and is closed at the end.
func (s *suite) box(t testing.TB, spec sandbox.Spec) sandbox.Sandbox {
	t.Helper()
	spec.Require = cmp.Or(spec.Require, s.require)
	if s.attack.Data != nil {
		files := map[string]repo.File{attackFile: s.attack}
		maps.Copy(files, spec.Files)
		spec.Files = files
	}
	box, err := s.provider.New(t.Context(), spec)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, box.Close()) })
	return box
}

const (
	attackFile = "attack"
	attackPath = sandbox.FileDir + "/" + attackFile
)

// deadline ends what a test of the suite should never have to wait for.
const (
	deadline = 2 * time.Minute
	grace    = 20 * time.Second // for killing what runs
)

// run runs a command that the machine must be able to run.
func run(t testing.TB, box sandbox.Sandbox, cmd sandbox.Cmd) sandbox.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	result, err := runUnder(ctx, t, box, cmd)
	require.NoError(t, err, "%q", cmd.Args)
	return result
}

// runUnder is Run, and fails when that does not return soon after ctx ended. The
// sandbox's Close at the end of the test then ends what runs.
func runUnder(ctx context.Context, t testing.TB, box sandbox.Sandbox, cmd sandbox.Cmd) (result sandbox.Result, err error) {
	t.Helper()
	returned := make(chan bool)
	go func() {
		defer close(returned)
		result, err = box.Run(ctx, cmd)
	}()
	limit := deadline
	if at, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(at))
	}
	if cmd.Timeout > 0 {
		limit = min(limit, cmd.Timeout)
	}
	select {
	case <-returned:
		return result, err
	case <-time.After(limit + grace):
		require.Failf(t, "Run does not return", "%q, timeout %v", cmd.Args, cmd.Timeout)
	}
	return
}

// ok runs a command that must end with status 0 and returns what it printed.
func ok(t testing.TB, box sandbox.Sandbox, args ...string) string {
	t.Helper()
	result := run(t, box, sandbox.Cmd{Args: args, Combine: true})
	require.True(t, result.OK(), "%q: %s %d\n%s", args, result.Class, result.ExitCode, result.Output)
	return string(result.Output)
}

// sh runs a script that must end with status 0 and returns what it printed.
func sh(t testing.TB, box sandbox.Sandbox, script string) string {
	t.Helper()
	return ok(t, box, "bash", "-c", script)
}

// write writes a file with tee, which fakes know as well.
func write(t testing.TB, box sandbox.Sandbox, path, content string) {
	t.Helper()
	result := run(t, box, sandbox.Cmd{Args: []string{"tee", path}, Stdin: []byte(content)})
	require.True(t, result.OK(), "tee %s: %s\n%s", path, result.Class, result.Errors)
}

func regular(content string) repo.File { return repo.File{Mode: repo.Regular, Data: []byte(content)} }
func program(content string) repo.File {
	return repo.File{Mode: repo.Executable, Data: []byte(content)}
}
func symlink(target string) repo.File { return repo.File{Mode: repo.Symlink, Data: []byte(target)} }

// baseTree is a tree on a snapshot of the given files, which is a folder on the
// host.
func baseTree(t testing.TB, files map[string]repo.File) *repo.Tree {
	t.Helper()
	source := t.TempDir()
	for path, file := range files {
		path = filepath.Join(source, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		switch file.Mode {
		case repo.Symlink:
			require.NoError(t, os.Symlink(string(file.Data), path))
		case repo.Executable:
			require.NoError(t, os.WriteFile(path, file.Data, 0o755))
		default:
			require.NoError(t, os.WriteFile(path, file.Data, 0o644))
		}
	}
	snapshot, err := repo.Open(t.Context(), source, repo.Options{Cache: cacheFolder(t)})
	require.NoError(t, err)
	return snapshot.Tree
}

// cacheFolder is a temporary folder that an ordinary user's sandbox and the
// reserved user of root's can both reach.
func cacheFolder(t testing.TB) string {
	dir := t.TempDir()
	for d := dir; strings.HasPrefix(d, os.TempDir()+"/"); d = filepath.Dir(d) {
		require.NoError(t, os.Chmod(d, 0o755))
	}
	t.Cleanup(func() { unseal(dir) })
	return dir
}

// unseal makes folders writable, so that the test's own clean-up can delete them.
func unseal(dir string) {
	filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			os.Chmod(path, 0o755)
		}
		return nil
	})
}

// files is one file of the given name.
func files(name string) map[string]repo.File {
	return map[string]repo.File{name: regular("x")}
}

// with returns tree with some files changed; nil deletes.
func with(t testing.TB, tree *repo.Tree, changes map[string]*repo.File) *repo.Tree {
	t.Helper()
	tree, err := tree.With(changes)
	require.NoError(t, err)
	return tree
}

// lines splits a listing.
func lines(output string) []string {
	return strings.Split(strings.TrimRight(output, "\n"), "\n")
}

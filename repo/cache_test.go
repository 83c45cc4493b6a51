package repo

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestMain lets the tests below start this program as another process that
// opens a source in a cache.
func TestMain(m *testing.M) {
	source, cache := os.Getenv("REPO_TEST_OPEN"), os.Getenv("REPO_TEST_CACHE")
	if source == "" {
		os.Exit(m.Run())
	}
	s, err := Open(context.Background(), source, Options{Cache: cache})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(s.Key)
}

func process(t *testing.T, source, cache string) *exec.Cmd {
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "REPO_TEST_OPEN="+source, "REPO_TEST_CACHE="+cache)
	return cmd
}

func TestProcessesAtOnce(t *testing.T) {
	dir, cache := makeRepo(t, manyFiles(300)), t.TempDir()
	keys := make([]string, 6)
	var group sync.WaitGroup
	for i := range keys {
		group.Go(func() {
			out, err := process(t, dir, cache).CombinedOutput()
			keys[i] = string(out)
			if err != nil {
				keys[i] += err.Error()
			}
		})
	}
	group.Wait()
	s := open(t, dir, Options{Cache: cache})
	for _, key := range keys {
		require.Equal(t, s.Key+"\n", key)
	}
	require.Len(t, list(t, s.Tree), 300)
	snapshots, err := filepath.Glob(cache + "/snapshots/*")
	require.NoError(t, err)
	require.Equal(t, []string{s.Dir}, snapshots)
}

// A process that is killed while it unpacks leaves nothing that counts, and
// what it leaves is swept when it is old enough.
func TestKilledInTheMiddle(t *testing.T) {
	dir, cache := makeRepo(t, manyFiles(3000)), t.TempDir()
	left := func() []string { names, _ := filepath.Glob(cache + "/snapshots/tmp-*"); return names }
	for range 3 {
		cmd := process(t, dir, cache)
		require.NoError(t, cmd.Start())
		require.Eventually(t, func() bool {
			half, _ := filepath.Glob(cache + "/snapshots/tmp-*/tree/pkg*")
			return len(half) > 0
		}, 30*time.Second, time.Millisecond)
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
	}
	require.NotEmpty(t, left())
	all, err := filepath.Glob(cache + "/snapshots/*")
	require.NoError(t, err)
	require.Equal(t, left(), all, "no snapshot appeared")
	s := open(t, dir, Options{Cache: cache})
	require.Len(t, list(t, s.Tree), 3000)
	require.NotEmpty(t, left(), "they might be just being made")

	old := time.Now().Add(-2 * minAge)
	for _, name := range left() {
		require.NoError(t, os.Chtimes(name, old, old))
	}
	working, err := os.Open(left()[0]) // as if its process were alive
	require.NoError(t, err)
	defer working.Close()
	require.NoError(t, unix.Flock(int(working.Fd()), unix.LOCK_EX))
	open(t, dir, Options{Cache: cache})
	require.Equal(t, []string{working.Name()}, left())
}

func TestCanceledOpenLeavesNothing(t *testing.T) {
	dir, cache := makeFolder(t, manyFiles(50)), t.TempDir()
	ctx, cancel := context.WithCancelCause(t.Context())
	c, err := openCache(cache, open(t, dir, Options{}).log)
	require.NoError(t, err)
	_, err = c.build(ctx, func(_ context.Context, add addFunc) error {
		require.NoError(t, add("a", Regular, 1, strings.NewReader("x")))
		cancel(io.ErrClosedPipe)
		return add("b", Regular, 1, strings.NewReader("x"))
	})
	require.ErrorIs(t, err, io.ErrClosedPipe)
	left, _ := filepath.Glob(cache + "/snapshots/*")
	require.Empty(t, left)
}

// The second time a commit is opened, only the record and the manifest are read.
func TestOpenedAgain(t *testing.T) {
	dir, cache := makeRepo(t, map[string]string{"a": "1"}), t.TempDir()
	first := open(t, dir, Options{Cache: cache, Rev: "HEAD"})
	require.NoError(t, os.RemoveAll(first.Tree.Dir()+"/a")) // nobody looks
	again := open(t, dir, Options{Cache: cache, Rev: "HEAD"})
	require.Equal(t, first.Key, again.Key)
	require.Equal(t, first.Commit, again.Commit)

	require.NoError(t, os.RemoveAll(first.Dir)) // the user makes room
	third := open(t, dir, Options{Cache: cache, Rev: "HEAD"})
	require.Equal(t, []string{`100644 a "1"`}, list(t, third.Tree))
	records, err := filepath.Glob(cache + "/opened/*")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(records[0], []byte(`{"version":`), 0o644))
	require.Equal(t, first.Key, open(t, dir, Options{Cache: cache, Rev: "HEAD"}).Key)
}

// After the machine went down, a snapshot is read once; what a power failure
// damaged is made again.
func TestSnapshotsFromAnEarlierBoot(t *testing.T) {
	for name, damage := range map[string]func(s *Snapshot) error{
		"none":     func(s *Snapshot) error { return nil },
		"emptied":  func(s *Snapshot) error { return os.Truncate(s.Tree.Dir()+"/a", 0) },
		"missing":  func(s *Snapshot) error { return os.Remove(s.Tree.Dir() + "/b/c") },
		"mode":     func(s *Snapshot) error { return os.Chmod(s.Tree.Dir()+"/a", 0o755) },
		"manifest": func(s *Snapshot) error { return os.Truncate(s.Dir+"/manifest", 0) },
	} {
		t.Run(name, func(t *testing.T) {
			cache, dir := t.TempDir(), makeRepo(t, map[string]string{"a": "1", "b/c": "2"})
			s := open(t, dir, Options{Cache: cache})
			require.NoError(t, os.WriteFile(s.Dir+"/unsynced", []byte("another boot"), 0o644))
			require.NoError(t, damage(s))
			again := open(t, dir, Options{Cache: cache})
			require.Equal(t, s.Key, again.Key)
			require.NoError(t, again.Tree.base.verify())
			if name == "none" {
				require.NoFileExists(t, s.Dir+"/unsynced")
			}
		})
	}
}

func TestNotesAreRemembered(t *testing.T) {
	inner, cache := makeRepo(t, map[string]string{"inner": "1"}), t.TempDir()
	dir := makeRepo(t, map[string]string{"a": "1"})
	git(t, dir, "submodule", "--quiet", "add", inner, "module")
	commit(t, dir, nil)
	require.Equal(t, open(t, dir, Options{Cache: cache}).Notes, open(t, dir, Options{Cache: cache}).Notes)
}

// What a hostile git tree or archive may hold.
func TestHostileFiles(t *testing.T) {
	c, err := openCache(t.TempDir(), open(t, makeFolder(t, map[string]string{"a": "1"}), Options{}).log)
	require.NoError(t, err)
	outside := t.TempDir()
	type file struct {
		path    string
		mode    Mode
		content string
	}
	for name, test := range map[string]struct {
		files []file
		want  string
	}{
		"parent":             {[]file{{"../x", Regular, "1"}}, `leaves the tree`},
		"absolute":           {[]file{{outside + "/x", Regular, "1"}}, `is absolute`},
		"git's own":          {[]file{{".git/hooks/post-checkout", Executable, "1"}}, `is git's own`},
		"twice":              {[]file{{"a", Regular, "1"}, {"a", Regular, "2"}}, `"a" is there twice`},
		"file and folder":    {[]file{{"a", Regular, "1"}, {"a/b", Regular, "2"}}, `"a" is a file, not a folder`},
		"folder and file":    {[]file{{"a/b", Regular, "2"}, {"a", Regular, "1"}}, `"a" is there twice`},
		"link, then through": {[]file{{"a", Symlink, outside}, {"a/b", Regular, "2"}}, `"a" is a file, not a folder`},
		"empty link":         {[]file{{"a", Symlink, ""}}, `the symlink has no target`},
		"mode":               {[]file{{"a", 0o160000, "x"}}, `mode 160000 is none of`},
		"long name":          {[]file{{strings.Repeat("n", 256), Regular, "x"}}, `at most 255 are possible`},
		"nothing":            {nil, `there is no file in it`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.build(t.Context(), func(_ context.Context, add addFunc) error {
				for _, f := range test.files {
					if err := add(f.path, f.mode, int64(len(f.content)), strings.NewReader(f.content)); err != nil {
						return err
					}
				}
				return nil
			})
			require.ErrorContains(t, err, test.want)
			left, err := os.ReadDir(outside)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

// Git itself does not make such trees; whoever wants to attack does.
func TestHostileGitTrees(t *testing.T) {
	for name, test := range map[string]struct{ tree, want string }{
		"parent":    {"100644 ..\x00", `".." leaves the tree`},
		"slash":     {"100644 ../../x\x00", `leaves the tree`},
		"git's own": {"100644 .GIT\x00", `is git's own`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := makeRepo(t, map[string]string{"a": "1"})
			blob := gitWithInput(t, dir, []byte("x"), "hash-object", "-w", "--stdin")
			var raw [20]byte
			require.NoError(t, decodeHash(raw[:], strings.TrimSpace(blob)))
			tree := strings.TrimSpace(gitWithInput(t, dir, []byte(test.tree+string(raw[:])), "hash-object", "--literally", "-t", "tree", "-w", "--stdin"))
			commit := strings.TrimSpace(git(t, dir, "commit-tree", "-m", "x", tree))
			_, err := Open(t.Context(), dir, Options{Cache: t.TempDir(), Rev: commit})
			require.ErrorContains(t, err, test.want)
		})
	}
}

func BenchmarkOpenCheckout(b *testing.B) {
	dir := makeRepo(b, manyFiles(10_000))
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			open(b, dir, Options{})
		}
	})
	cache := b.TempDir()
	open(b, dir, Options{Cache: cache})
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			open(b, dir, Options{Cache: cache})
		}
	})
	b.Run("again-by-revision", func(b *testing.B) {
		for b.Loop() {
			open(b, dir, Options{Cache: cache, Rev: "HEAD"})
		}
	})
}

package repo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// withHistory writes all commits of a snapshot beside its files, as a sandbox has
// them.
func withHistory(t *testing.T, s *Snapshot) (work string) {
	t.Helper()
	work = unpackTree(t, s.Tree)
	require.NoError(t, AllCommits(t.Context(), s, work+"/.git"))
	require.Empty(t, git(t, work, "fsck", "--full", "--strict"))
	require.Empty(t, git(t, work, "status", "--porcelain"))
	require.Empty(t, git(t, work, "diff-files"), "by the index alone")
	require.Equal(t, "refs/heads/main\n", git(t, work, "for-each-ref", "--format=%(refname)"))
	require.Equal(t, wantedObjects(t, work), strings.Fields(git(t, work, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")))
	return work
}

// What is copied is what the commit reaches: merged branches are, what came
// later, other branches, tags and stashes are not.
func TestAllCommitsOfGit(t *testing.T) {
	dir := makeRepo(t, map[string]string{"a": "1\n", "b/c": "2\n", "run": "#!x", "link": "-> a"})
	git(t, dir, "switch", "-q", "-c", "side")
	commit(t, dir, map[string]string{"side": "merged\n"})
	git(t, dir, "switch", "-q", "main")
	commit(t, dir, map[string]string{"a": "3\n"})
	git(t, dir, "merge", "-q", "-m", "merge", "side")
	last := commit(t, dir, map[string]string{"a": "4\n"})
	want := git(t, dir, "log", "--topo-order", "--format=%H %an %aI %s", "--all")
	git(t, dir, "gc", "-q") // deltas and a pack, and then loose objects
	git(t, dir, "switch", "-q", "-c", "other")
	commit(t, dir, map[string]string{"secret": "of another branch\n"})
	git(t, dir, "tag", "-a", "-m", "a tag", "v1")
	git(t, dir, "remote", "add", "origin", "https://example.com/x")
	proof := filepath.Join(t.TempDir(), "ran")
	git(t, dir, "config", "core.fsmonitor", "touch "+proof)
	writeFiles(t, dir, map[string]string{".git/hooks/post-checkout": "#!/bin/sh\ntouch " + proof})

	work := withHistory(t, open(t, dir, Options{Rev: "main"}))
	require.Equal(t, want, git(t, work, "log", "--topo-order", "--format=%H %an %aI %s", "--all"))
	require.Equal(t, last+"\n", git(t, work, "rev-parse", "main"))
	require.Contains(t, git(t, work, "blame", "-s", "a"), last[:7])
	require.Equal(t, "1\n", git(t, work, "show", "main~3:a"))
	require.NoFileExists(t, proof)
	require.Empty(t, git(t, work, "remote"))
	require.NoDirExists(t, work+"/.git/hooks")
	config, err := os.ReadFile(work + "/.git/config")
	require.NoError(t, err)
	require.Equal(t, gitConfig, string(config))
}

// A commit of what was opened follows where that is not what was committed.
func TestAllCommitsOfUncommittedChanges(t *testing.T) {
	dir := makeRepo(t, map[string]string{"a": "1\n"})
	writeFiles(t, dir, map[string]string{"a": "2\n", "new": "3\n"})
	work := withHistory(t, open(t, dir, Options{Uncommitted: true}))
	require.Equal(t, "The files as they were opened\na change\n", git(t, work, "log", "--format=%s"))
	require.Contains(t, git(t, work, "show"), "-1\n+2\n")
}

// Submodules are left out, of the history as of the snapshot.
func TestAllCommitsWithSubmodules(t *testing.T) {
	dir := makeRepo(t, map[string]string{"a": "1\n"})
	git(t, dir, "update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat("ab", 20)+",sub")
	git(t, dir, "commit", "-q", "-m", "a submodule")
	work := withHistory(t, open(t, dir, Options{Rev: "HEAD"}))
	require.Equal(t, "The files as they were opened\na submodule\na change\n", git(t, work, "log", "--format=%s"))
}

// A shallow clone's history ends where the clone does.
func TestAllCommitsOfAShallowClone(t *testing.T) {
	dir := makeRepo(t, map[string]string{"a": "1\n"})
	commit(t, dir, map[string]string{"a": "2\n"})
	commit(t, dir, map[string]string{"a": "3\n"})
	shallow, cache := filepath.Join(t.TempDir(), "clone"), t.TempDir()
	git(t, dir, "clone", "-q", "--depth=2", "file://"+dir, shallow)
	require.Equal(t, "2\n", git(t, withHistory(t, open(t, shallow, Options{Cache: cache})), "rev-list", "--count", "HEAD"))
	require.Equal(t, "3\n", git(t, withHistory(t, open(t, dir, Options{Cache: cache})), "rev-list", "--count", "HEAD"), "is not the clone's")
}

func TestAllCommitsOfAFolder(t *testing.T) {
	s := open(t, makeFolder(t, map[string]string{"a": "1\n"}), Options{})
	require.Equal(t, "Initial commit\n", git(t, withHistory(t, s), "log", "--format=%s"))
}

func TestAllCommitsOfAModule(t *testing.T) {
	needModules(t)
	s := open(t, "module:github.com/gorilla/mux@v1.7.4", Options{})
	work := withHistory(t, s)
	releases := strings.Fields(git(t, work, "log", "--reverse", "--format=%s"))
	require.Equal(t, "v1.7.4", releases[len(releases)-1])
	require.Contains(t, releases, "v1.6.2")
	require.NotContains(t, releases, "v1.8.0")
	require.Equal(t, "2019-06-30T04:17:52+00:00\n", git(t, work, "log", "-1", "--format=%aI", "--grep", "v1.7.3"))
	require.Contains(t, git(t, work, "show", "--stat", "HEAD"), "mux.go")

	// Each release holds what the proxy's archive does.
	for commit, err := range s.History(t.Context()) {
		require.NoError(t, err)
		hash := strings.TrimSpace(git(t, work, "log", "--format=%H", "--grep", "Release "+commit.ID+"$"))
		tree, err := commit.Tree(t.Context())
		require.NoError(t, err)
		require.Equal(t, slices.Collect(tree.Paths()), splitNUL(git(t, work, "ls-tree", "-r", "-z", "--name-only", hash)), commit.ID)
	}
}

// What is written in one copy is in no other, and not in what is kept.
func TestAllCommitsAreCopies(t *testing.T) {
	s := open(t, makeRepo(t, map[string]string{"a": "1\n"}), Options{})
	first, second := t.TempDir()+"/.git", t.TempDir()+"/.git"
	require.NoError(t, AllCommits(t.Context(), s, first))
	want := contents(t, first)
	for name := range want {
		require.NoError(t, os.Chmod(first+name, 0o644))
		require.NoError(t, os.WriteFile(first+name, []byte("written by a player"), 0o644))
	}
	require.NoError(t, AllCommits(t.Context(), s, second))
	require.Equal(t, want, contents(t, second))
	require.ErrorContains(t, AllCommits(t.Context(), s, second), "is not empty")
}

// Wherever a checkout keeps its objects, what is written stands on its own.
func TestAllCommitsFromElsewhere(t *testing.T) {
	dir := makeRepo(t, map[string]string{"a": "1\n"})
	commit(t, dir, map[string]string{"a": "2\n"})
	beside := filepath.Join(t.TempDir(), "beside")
	for name, make := range map[string][]string{
		"a linked work tree": {"worktree", "add", "-q", beside + "-tree"},
		"borrowed objects":   {"clone", "-q", "--shared", dir, beside + "-shared"},
		"packed references":  {"clone", "-q", "--bare", dir, beside + "-bare"},
	} {
		t.Run(name, func(t *testing.T) {
			git(t, dir, make...)
			work := withHistory(t, open(t, make[len(make)-1], Options{}))
			require.Equal(t, "2\n", git(t, work, "rev-list", "--count", "HEAD"))
			require.NoFileExists(t, work+"/.git/objects/info/alternates")
		})
	}
}

// A history that is not all there is an error, and nothing of it is kept.
func TestAllCommitsThatAreNotThere(t *testing.T) {
	dir := makeRepo(t, map[string]string{"a": "1\n"})
	old := strings.TrimSpace(git(t, dir, "rev-parse", "HEAD:a"))
	commit(t, dir, map[string]string{"a": "2\n"})
	s := open(t, dir, Options{})
	lost := dir + "/.git/objects/" + old[:2] + "/" + old[2:]
	require.NoError(t, os.Rename(lost, lost+"-away"))
	require.ErrorContains(t, AllCommits(t.Context(), s, t.TempDir()), "git fsck")

	require.NoError(t, os.Rename(lost+"-away", lost))
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, AllCommits(canceled, s, t.TempDir()), context.Canceled)
	require.NoError(t, AllCommits(t.Context(), s, t.TempDir()))
	left, err := filepath.Glob(filepath.Dir(s.Dir) + "/tmp-*")
	require.NoError(t, err)
	require.Empty(t, left)
}

// Making it is done once; from then on it costs what a copy does.
func BenchmarkAllCommits(b *testing.B) {
	dir := makeRepo(b, manyFiles(200))
	for i := range 50 {
		commit(b, dir, map[string]string{"a": strings.Repeat("line\n", i)})
	}
	s := open(b, dir, Options{})
	for name, again := range map[string]bool{"made": false, "kept": true} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, AllCommits(b.Context(), s, b.TempDir()))
				if again {
					continue
				}
				kept, err := filepath.Glob(s.Dir + "/commits-*")
				require.NoError(b, err)
				require.Len(b, kept, 1)
				require.NoError(b, os.RemoveAll(kept[0]))
			}
		})
	}
}

// Many may want it at once, of one opened snapshot or of several.
func TestAllCommitsAtOnce(t *testing.T) {
	dir, cache := makeRepo(t, map[string]string{"a": "1\n"}), t.TempDir()
	one, other := open(t, dir, Options{Cache: cache}), open(t, dir, Options{Cache: cache})
	made := make([]string, 8)
	errs := make([]error, len(made))
	var wg sync.WaitGroup
	for i := range made {
		made[i] = t.TempDir()
		wg.Go(func() { errs[i] = AllCommits(t.Context(), []*Snapshot{one, other}[i%2], made[i]) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	for _, dir := range made {
		require.Equal(t, contents(t, made[0]), contents(t, dir))
	}
}

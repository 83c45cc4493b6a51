package repo

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// git runs the git binary, the reference of these tests, without the
// machine's configuration.
func git(tb testing.TB, dir string, args ...string) string {
	tb.Helper()
	return gitWithInput(tb, dir, nil, args...)
}

func gitWithInput(tb testing.TB, dir string, input []byte, args ...string) string {
	tb.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		tb.Skip("the git binary, which this test compares with, is not installed")
	}
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_CONFIG_COUNT=2",
		"GIT_CONFIG_KEY_0=protocol.file.allow", "GIT_CONFIG_VALUE_0=always", "GIT_CONFIG_KEY_1=safe.directory", "GIT_CONFIG_VALUE_1=*",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com")
	cmd.Stdin = strings.NewReader(string(input))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(tb, err, "git %q: %s%s", args, out, stderr.String())
	return string(out)
}

// makeRepo makes a repository with one commit of files.
func makeRepo(tb testing.TB, files map[string]string) string {
	tb.Helper()
	dir := makeFolder(tb, files)
	git(tb, dir, "init", "-q", "-b", "main")
	commit(tb, dir, nil)
	return dir
}

// commit writes files and commits everything; it returns the hash.
func commit(tb testing.TB, dir string, files map[string]string) string {
	tb.Helper()
	writeFiles(tb, dir, files)
	git(tb, dir, "add", "-A", "-f")
	git(tb, dir, "commit", "-q", "--allow-empty", "-m", "a change")
	return strings.TrimSpace(git(tb, dir, "rev-parse", "HEAD"))
}

func TestOpenCheckout(t *testing.T) {
	dir := makeRepo(t, map[string]string{"a/b": "1\r\n", "run": "#!/bin/sh", "link": "-> nowhere", "x\xff": "y", ".gitignore": "*.log\n"})
	head := strings.TrimSpace(git(t, dir, "rev-parse", "HEAD"))
	writeFiles(t, dir, map[string]string{"ignored.log": "z"})
	s := open(t, dir, Options{})
	require.Equal(t, head, s.Commit)
	require.Equal(t, []string{
		`100644 .gitignore "*.log\n"`,
		`100644 a/b "1\r\n"`,
		`120000 link "nowhere"`,
		`100755 run "#!/bin/sh"`,
		"100644 x\xff \"y\"",
	}, list(t, s.Tree))
	require.Empty(t, s.Notes)
}

func TestOpenOlderCommit(t *testing.T) {
	dir := makeRepo(t, map[string]string{"a": "1"})
	git(t, dir, "tag", "v1.0")
	commit(t, dir, map[string]string{"a": "2", "b": "3"})
	writeFiles(t, dir, map[string]string{"a": "dirty"}) // does not matter to a named commit
	for _, rev := range []string{"v1.0", "HEAD~1", "main^", strings.TrimSpace(git(t, dir, "rev-parse", "HEAD~1")), strings.TrimSpace(git(t, dir, "rev-parse", "--short", "HEAD~1"))} {
		require.Equal(t, []string{`100644 a "1"`}, list(t, open(t, dir, Options{Rev: rev}).Tree), rev)
	}
	require.Len(t, list(t, open(t, dir, Options{Rev: "HEAD"}).Tree), 2)
}

func TestUncommittedChanges(t *testing.T) {
	files := map[string]string{"a": "1", "b": "2", "c": "3", "d": "4", "keep.log": "tracked though ignored", ".gitignore": "*.log\n/out/\n"}
	for name, test := range map[string]struct {
		change func(dir string)
		want   string // "" means clean
		files  int
	}{
		"none":                {func(string) {}, "", 6},
		"touched":             {func(dir string) { writeFiles(t, dir, map[string]string{"a": "1"}) }, "", 6},
		"same size":           {func(dir string) { writeFiles(t, dir, map[string]string{"a": "X"}) }, `" M a"`, 6},
		"longer":              {func(dir string) { writeFiles(t, dir, map[string]string{"a": "11"}) }, `" M a"`, 6},
		"executable":          {func(dir string) { require.NoError(t, os.Chmod(dir+"/a", 0o755)) }, `" M a"`, 6},
		"symlink":             {func(dir string) { writeFiles(t, dir, map[string]string{"a": "-> 1"}) }, `" M a"`, 6},
		"deleted":             {func(dir string) { require.NoError(t, os.Remove(dir+"/a")) }, `" D a"`, 5},
		"untracked":           {func(dir string) { writeFiles(t, dir, map[string]string{"new/x": ""}) }, `"?? new/x"`, 7},
		"ignored":             {func(dir string) { writeFiles(t, dir, map[string]string{"x.log": "", "out/x": ""}) }, "", 6},
		"ignored but tracked": {func(dir string) { writeFiles(t, dir, map[string]string{"keep.log": "x"}) }, `" M keep.log"`, 6},
		"excluded":            {func(dir string) { writeFiles(t, dir, map[string]string{".git/info/exclude": "mine\n", "mine": ""}) }, "", 6},
		"re-included":         {func(dir string) { writeFiles(t, dir, map[string]string{"sub/.gitignore": "!*.log\n", "sub/x.log": ""}) }, `"?? sub/x.log"`, 8},
		"hidden from git": {func(dir string) {
			git(t, dir, "update-index", "--assume-unchanged", "a")
			writeFiles(t, dir, map[string]string{"a": "X"})
		}, `" M a"`, 6},
		"staged": {func(dir string) { writeFiles(t, dir, map[string]string{"e": ""}); git(t, dir, "add", "e") }, `"?? e"`, 7},
		"many": {func(dir string) {
			writeFiles(t, dir, map[string]string{"1": "", "2": "", "3": "", "4": "", "5": "", "6": ""})
		}, `and 1 more`, 12},
		"folder for file": {func(dir string) {
			require.NoError(t, os.Remove(dir+"/a"))
			writeFiles(t, dir, map[string]string{"a/x": ""})
		}, `a/x`, 6},
	} {
		t.Run(name, func(t *testing.T) {
			dir := makeRepo(t, files)
			test.change(dir)
			s, err := Open(t.Context(), dir, Options{Cache: t.TempDir()})
			if test.want == "" {
				require.NoError(t, err)
				require.Len(t, list(t, s.Tree), test.files)
				return
			}
			require.ErrorContains(t, err, "it has uncommitted changes: ")
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, "include them (Uncommitted, --uncommitted)")

			s = open(t, dir, Options{Uncommitted: true})
			require.Len(t, list(t, s.Tree), test.files)
			require.Len(t, s.Notes, 1)
			require.Contains(t, s.Notes[0], "uncommitted changes are included")
			_, err = Open(t.Context(), dir, Options{Cache: t.TempDir(), Uncommitted: true, Rev: "HEAD"})
			require.ErrorContains(t, err, "cannot be taken with another commit")
		})
	}
}

func TestLineEndingsAndLFS(t *testing.T) {
	dir := makeRepo(t, map[string]string{"text": "1\n2\n", ".gitattributes": "text eol=crlf\n"})
	require.NoError(t, os.Remove(dir+"/text"))
	git(t, dir, "checkout", "text") // converts
	require.Empty(t, git(t, dir, "status", "--porcelain"))
	content := "large\n"
	pointer := fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%x\nsize %d\n", sha256.Sum256([]byte(content)), len(content))
	commit(t, dir, map[string]string{"big": pointer})
	writeFiles(t, dir, map[string]string{"big": content})
	for _, opts := range []Options{{}, {Uncommitted: true}} {
		s := open(t, dir, opts)
		require.Equal(t, []string{
			`100644 .gitattributes "text eol=crlf\n"`,
			fmt.Sprintf("100644 big %q", pointer),
			`100644 text "1\n2\n"`,
		}, list(t, s.Tree))
		require.Len(t, s.Notes, 1)
		require.Contains(t, s.Notes[0], "taken as committed")
		writeFiles(t, dir, map[string]string{"more": "uncommitted"})
		if opts.Uncommitted {
			continue
		}
		require.NoError(t, os.Remove(dir+"/more"))
	}
}

func TestCheckoutsOfOtherShapes(t *testing.T) {
	dir := makeRepo(t, map[string]string{"a": "1"})
	want := []string{`100644 a "1"`}
	linked, clone, separate, borrowed := t.TempDir()+"/w", t.TempDir(), t.TempDir(), t.TempDir()
	git(t, dir, "worktree", "add", "-q", "-b", "other", linked)
	git(t, dir, "config", "extensions.worktreeConfig", "true")
	git(t, "", "clone", "-q", "--depth=1", "file://"+dir, clone)
	git(t, "", "clone", "-q", "--shared", dir, borrowed)
	git(t, "", "clone", "-q", "--bare", dir, separate)
	for name, source := range map[string]string{"worktreeConfig": dir, "linked": linked, "shallow": clone, "alternates": borrowed, "bare": separate, "url": "file://" + dir, "bare url": "file://" + separate} {
		require.Equal(t, want, list(t, open(t, source, Options{}).Tree), name)
	}
}

func TestOpenCheckoutRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		make func(t *testing.T) (source string)
		opts Options
		want string
	}{
		"a folder inside": {make: func(t *testing.T) string { return makeRepo(t, map[string]string{"a/b": "1"}) + "/a" }, want: "it is inside the git checkout /"},
		"no commit": {make: func(t *testing.T) string {
			dir := makeFolder(t, map[string]string{"a": "1"})
			git(t, dir, "init", "-q")
			return dir
		}, want: "the repository has no commit yet"},
		"no files": {make: func(t *testing.T) string { return makeRepo(t, nil) }, want: "there is no file in it"},
		"bad revision": {make: func(t *testing.T) string {
			dir := makeRepo(t, map[string]string{"a": "1"})
			git(t, dir, "tag", "v1.2.3")
			git(t, dir, "branch", "develop")
			return dir
		}, opts: Options{Rev: "devlop"}, want: `there is no commit "devlop"; the nearest branches and tags are develop, main, v1.2.3`},
		"redirect": {make: func(t *testing.T) string {
			return makeFolder(t, map[string]string{"a": "1", ".git": "gitdir: " + makeRepo(t, map[string]string{"secret": "1"}) + "/.git\n"})
		}, want: "which does not name this folder as its work tree"},
		"redirect to nothing": {make: func(t *testing.T) string {
			return makeFolder(t, map[string]string{"a": "1", ".git": "gitdir: /nowhere\n"})
		}, want: "follow .git to /nowhere"},
		"no redirect": {make: func(t *testing.T) string { return makeFolder(t, map[string]string{"a": "1", ".git": "x"}) }, want: "does not start with"},
		"linked .git": {make: func(t *testing.T) string {
			return makeFolder(t, map[string]string{"a": "1", ".git": "-> " + makeRepo(t, nil) + "/.git"})
		}, want: "its .git is neither a folder nor a file"},
		"another work tree": {make: func(t *testing.T) string {
			dir := makeRepo(t, map[string]string{"a": "1"})
			git(t, dir, "config", "core.worktree", "/etc")
			return dir
		}, want: "its core.worktree is /etc"},
		"sha256": {make: func(t *testing.T) string {
			dir := t.TempDir()
			git(t, dir, "init", "-q", "--object-format=sha256")
			return dir
		}, want: "its objects are named by sha256"},
		"relative alternates": {make: func(t *testing.T) string {
			dir := makeRepo(t, map[string]string{"a": "1"})
			writeFiles(t, dir, map[string]string{".git/objects/info/alternates": "../../../other/objects\n"})
			return dir
		}, want: "git repack -a -d"},
		"partial clone": {make: func(t *testing.T) string {
			dir, clone := makeRepo(t, map[string]string{"a": "1"}), t.TempDir()
			git(t, dir, "config", "uploadpack.allowFilter", "true")
			git(t, "", "clone", "-q", "--no-checkout", "--filter=blob:none", "file://"+dir, clone)
			return clone
		}, opts: Options{Rev: "HEAD"}, want: "this is a partial clone; make one without --filter"},
		"damaged": {make: func(t *testing.T) string {
			dir := makeRepo(t, map[string]string{"a": "1"})
			blob := strings.TrimSpace(git(t, dir, "rev-parse", "HEAD:a"))
			require.NoError(t, os.Remove(dir+"/.git/objects/"+blob[:2]+"/"+blob[2:]))
			return dir
		}, want: "the repository is damaged; `git fsck` says more"},
		"sparse": {make: func(t *testing.T) string {
			dir := makeRepo(t, map[string]string{"a/x": "1", "b/x": "1"})
			git(t, dir, "sparse-checkout", "set", "a")
			return dir
		}, want: "the checkout is sparse"},
	} {
		t.Run(name, func(t *testing.T) {
			test.opts.Cache = t.TempDir()
			_, err := Open(t.Context(), test.make(t), test.opts)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestSubmodulesAreLeftOut(t *testing.T) {
	inner := makeRepo(t, map[string]string{"inner": "1"})
	dir := makeRepo(t, map[string]string{"a": "1"})
	git(t, dir, "submodule", "--quiet", "add", inner, "sub/module")
	commit(t, dir, nil)
	s := open(t, dir, Options{})
	require.Equal(t, []string{`"sub/module" is a submodule and was left out`}, s.Notes)
	_, ok := s.Tree.Mode("sub/module")
	require.False(t, ok)
	require.Equal(t, []string{`100644 inner "1"`}, list(t, open(t, dir+"/sub/module", Options{}).Tree))
}

// Folders that git does not look into are not looked into, and said.
func TestRepositoriesInsideACheckout(t *testing.T) {
	dir := makeRepo(t, map[string]string{"a": "1", "tracked/b": "2"})
	git(t, t.TempDir(), "init", "-q", dir+"/inner")
	writeFiles(t, dir, map[string]string{"inner/x": "1"})
	git(t, t.TempDir(), "init", "-q", dir+"/tracked")
	s := open(t, dir, Options{})
	require.Equal(t, []string{`100644 a "1"`, `100644 tracked/b "2"`}, list(t, s.Tree))
	require.Equal(t, []string{`"inner" is a repository of its own and was left out`}, s.Notes)
}

// Nothing that a repository configures is executed.
func TestNothingOfACheckoutRuns(t *testing.T) {
	dir := makeRepo(t, map[string]string{"a": "1", ".gitattributes": "* filter=evil diff=evil\n"})
	canary := t.TempDir() + "/ran"
	script := makeFolder(t, map[string]string{"evil": "#!/bin/sh\necho x >> " + canary + "\ncat\n"}) + "/evil"
	for _, key := range []string{"core.fsmonitor", "core.hooksPath", "core.sshCommand", "core.pager", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv", "diff.evil.command", "diff.external", "credential.helper", "uploadpack.packObjectsHook"} {
		git(t, dir, "config", key, script)
	}
	for _, hook := range []string{"post-checkout", "reference-transaction", "pre-commit", "post-index-change"} {
		require.NoError(t, os.Symlink(script, filepath.Join(dir, ".git/hooks", hook)))
	}
	writeFiles(t, dir, map[string]string{"b": "2"})
	s := open(t, dir, Options{Uncommitted: true})
	open(t, "file://"+dir, Options{})
	for commit, err := range s.History(t.Context()) {
		require.NoError(t, err)
		_, err = commit.Tree(t.Context())
		require.NoError(t, err)
	}
	require.NoFileExists(t, canary)
}

func TestGitHistory(t *testing.T) {
	dir := makeRepo(t, map[string]string{"a": "1", "gone": "x"})
	require.NoError(t, os.Remove(dir+"/gone"))
	commit(t, dir, map[string]string{"a": "2", "b/c": "#!x"})
	git(t, dir, "checkout", "-q", "-b", "side")
	commit(t, dir, map[string]string{"side": "s"})
	git(t, dir, "checkout", "-q", "main")
	commit(t, dir, map[string]string{"a": "3"})
	git(t, dir, "merge", "-q", "-m", "merged", "side")
	s := open(t, dir, Options{})
	want := strings.Fields(git(t, dir, "rev-list", "--first-parent", "--reverse", "HEAD"))
	var got []string
	var trees []*Tree
	for c, err := range s.History(t.Context()) {
		require.NoError(t, err)
		tree, err := c.Tree(t.Context())
		require.NoError(t, err)
		got, trees = append(got, c.ID), append(trees, tree)
		require.Equal(t, "A <a@example.com>", c.Author)
	}
	require.Equal(t, want, got)
	require.Equal(t, []string{`100644 a "1"`, `100644 gone "x"`}, list(t, trees[0]))
	require.Equal(t, []string{`100644 a "2"`, `100755 b/c "#!x"`}, list(t, trees[1]))
	require.Empty(t, trees[len(trees)-1].Changes())

	var all []Commit // trees can be asked for later, and at once
	for c, err := range s.History(t.Context()) {
		require.NoError(t, err)
		all = append(all, c)
	}
	var group sync.WaitGroup
	for i, c := range all {
		group.Go(func() {
			tree, err := c.Tree(t.Context())
			if assert.NoError(t, err) {
				assert.Equal(t, trees[i].Key(), tree.Key())
			}
		})
	}
	group.Wait()
	for c := range s.History(t.Context()) {
		require.Equal(t, want[0], c.ID)
		break // nothing more is read
	}

	clone := t.TempDir()
	git(t, "", "clone", "-q", "--depth=2", "file://"+dir, clone)
	count := 0
	for _, err := range open(t, clone, Options{}).History(t.Context()) {
		require.NoError(t, err)
		count++
	}
	require.Equal(t, 2, count)
}

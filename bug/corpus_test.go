package bug_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/sourcegraph/go-diff/diff"
	"github.com/stretchr/testify/require"
)

// corpus are real modules; their released versions are a history.
var corpus = []struct {
	module   string
	versions []string
}{
	{"github.com/gorilla/mux", []string{"v1.6.2", "v1.7.0", "v1.7.1", "v1.7.2", "v1.7.3", "v1.7.4", "v1.8.0", "v1.8.1"}},
	{"github.com/sourcegraph/go-diff", []string{"v0.5.1", "v0.6.0", "v0.6.1", "v0.7.0", "v0.8.0", "v0.9.0"}},
	{"github.com/spf13/cast", []string{"v1.3.0", "v1.3.1", "v1.4.1", "v1.5.0", "v1.6.0", "v1.7.0", "v1.8.0", "v1.10.0"}},
	{"github.com/spf13/cobra", []string{"v0.0.3", "v0.0.5", "v1.0.0", "v1.1.1", "v1.2.1", "v1.4.0", "v1.7.0", "v1.8.0", "v1.10.0"}},
	{"github.com/stretchr/testify", []string{"v1.3.0", "v1.5.1", "v1.7.0", "v1.8.4", "v1.10.0"}},
}

// corpusOptions are ways in which people make diffs. Without context (-U0), git
// places hunks where they do not belong, and this package refuses them; with -W
// git sometimes makes a diff that it does not apply itself.
var corpusOptions = [][]string{
	{"--binary", "--no-renames"},
	{"--binary", "-M", "--full-index"},
	{"--binary", "-M30", "-C30", "--find-copies-harder"},
	{"--binary", "-M", "-U0"},
	{"--binary", "-M", "-U1"},
	{"--binary", "-M", "-U10", "--patience"},
	{"--binary", "--no-renames", "-W", "--histogram"},
	{"--binary", "-M", "--minimal", "--src-prefix=i/", "--dst-prefix=w/"},
}

// TestCorpus compares applying and undoing real diffs with git apply and git
// apply -R: the same answer, and the same bytes and modes.
func TestCorpus(t *testing.T) {
	var diffs, refused, modules int
	for _, c := range corpus {
		t.Run(c.module, func(t *testing.T) {
			h := moduleHistory(t, c.module, c.versions)
			for i := 1; i < len(h.commits); i++ {
				for n, options := range corpusOptions {
					args := append([]string{"diff"}, append(slices.Clone(options), h.commits[i-1], h.commits[i])...)
					for _, paths := range append([][]string{nil}, h.sample(i, n)...) {
						raw := runGit(t, h.dir, nil, append(append(slices.Clone(args), "--"), paths...)...)
						if len(raw) == 0 {
							continue
						}
						diffs++
						sameFiles(t, raw)
						if !h.same(t, i, raw, slices.Contains(options, "-U0")) {
							refused++
						}
					}
				}
			}
			modules++
		})
	}
	t.Logf("%d diffs, each applied and undone; %d refused, without context or by git too", diffs, refused)
	if modules == len(corpus) {
		require.Greater(t, diffs-refused, 300)
	}
}

// sameFiles compares which files a diff touches with what sourcegraph/go-diff
// reads in it.
func sameFiles(t *testing.T, raw []byte) {
	t.Helper()
	patch, err := bug.ParsePatch(raw)
	if err != nil {
		return // refused; the comparison with git says whether rightly
	}
	theirs, err := diff.ParseMultiFileDiff(raw)
	require.NoError(t, err)
	plain := func(name string) string {
		if name == "/dev/null" {
			return ""
		}
		_, path, _ := strings.Cut(name, "/") // the prefix, a/ or another
		return path
	}
	var want, got [][2]string
	for _, file := range theirs {
		want = append(want, [2]string{plain(file.OrigName), plain(file.NewName)})
	}
	for _, e := range patch.Entries {
		got = append(got, [2]string{e.Old, e.New})
	}
	require.Equal(t, want, got, "%s", raw)
}

// A history is a git repository and what its commits hold.
type history struct {
	dir     string
	commits []string
	trees   []files
}

// moduleHistory makes a history of released versions, from the Go proxy.
func moduleHistory(t *testing.T, module string, versions []string) *history {
	h := &history{dir: t.TempDir()}
	runGit(t, h.dir, nil, "init", "-q")
	for _, version := range versions {
		cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", module+"@"+version)
		cmd.Dir = t.TempDir()
		out, err := cmd.Output()
		var info struct{ Dir, Error string }
		if jsonErr := json.Unmarshal(out, &info); jsonErr != nil || info.Dir == "" {
			t.Skipf("the Go proxy gives no %s@%s: %v %s", module, version, err, info.Error)
		}
		h.commit(t, read(t, info.Dir))
	}
	return h
}

func (h *history) commit(t testing.TB, f files) {
	for path, file := range f { // the module cache is read-only, and has no modes
		if file.Mode == repo.Executable {
			f[path] = repo.File{Mode: repo.Regular, Data: file.Data}
		}
		if strings.HasSuffix(path, ".sh") || bytes.HasPrefix(file.Data, []byte("#!")) {
			f[path] = repo.File{Mode: repo.Executable, Data: file.Data}
		}
	}
	work := t.TempDir()
	write(t, work, f)
	git := "--git-dir=" + filepath.Join(h.dir, ".git")
	runGit(t, work, nil, git, "--work-tree=.", "add", "-A", "-f")
	runGit(t, work, nil, git, "--work-tree=.", "commit", "-qm", "version")
	h.commits = append(h.commits, strings.TrimSpace(string(runGit(t, h.dir, nil, "rev-parse", "HEAD"))))
	h.trees = append(h.trees, f)
}

// sample picks files that differ between commit i and the one before: others
// for every n.
func (h *history) sample(i, n int) [][]string {
	var picked [][]string
	var differ []string
	for path, file := range h.trees[i] {
		if before, ok := h.trees[i-1][path]; ok && !bytes.Equal(before.Data, file.Data) {
			differ = append(differ, path)
		}
	}
	slices.Sort(differ)
	if len(differ) > 0 {
		picked = append(picked, []string{differ[n%len(differ)]})
	}
	if len(differ) > 2 {
		picked = append(picked, differ[:len(differ)/2])
	}
	return picked
}

// same applies diff to the tree before commit i and undoes it on the tree of
// commit i, here and with git. It says whether diff was accepted here: it must
// be when git accepts it, unless it has no context.
func (h *history) same(t *testing.T, i int, diff []byte, noContext bool) bool {
	t.Helper()
	p, err := bug.ParsePatch(diff)
	if err != nil {
		_, err := h.gitApply(t, i-1, diff)
		require.Error(t, err, "git made a diff that it can apply, and it was refused here: %s", diff)
		return false
	}
	require.Equal(t, diff, slices.Concat(raws(p)...), "the entries' own lines are the diff")
	got, err := p.Apply(tree(t, h.trees[i-1]))
	want, gitErr := h.gitApply(t, i-1, diff)
	accepted := agree(t, got, err, want, gitErr, noContext)
	if slices.ContainsFunc(p.Entries, func(e *bug.Entry) bool { return e.Kind == bug.Copied }) {
		return accepted // git apply -R refuses every copy
	}
	got, err = p.Undo(tree(t, h.trees[i]))
	want, gitErr = h.gitApply(t, i, diff, "-R")
	return agree(t, got, err, want, gitErr, noContext) && accepted
}

func agree(t *testing.T, got *repo.Tree, err error, want string, gitErr error, noContext bool) bool {
	t.Helper()
	if err == nil {
		require.NoError(t, gitErr)
		require.Equal(t, strings.Split(want, "\x00"), strings.Split(listing(t, got), "\x00"))
		return true
	}
	_, typed := errors.AsType[*bug.ApplyError](err)
	require.True(t, typed, "%v", err)
	require.True(t, noContext || gitErr != nil, "%v", err)
	return false
}

func raws(p *bug.Patch) [][]byte {
	var list [][]byte
	for _, e := range p.Entries {
		list = append(list, e.Raw)
	}
	return list
}

// gitApply returns what git makes of diff on commit i, as git ls-files -s lists it.
func (h *history) gitApply(t *testing.T, i int, diff []byte, args ...string) (string, error) {
	t.Helper()
	runGit(t, h.dir, nil, "read-tree", h.commits[i])
	_, err := tryGit(h.dir, diff, append([]string{"apply", "--cached", "--whitespace=nowarn"}, args...)...)
	return string(runGit(t, h.dir, nil, "ls-files", "-s", "-z")), err
}

// listing lists a tree as git ls-files -s does.
func listing(t *testing.T, from *repo.Tree) string {
	var out strings.Builder
	for path := range from.Paths() {
		file, err := from.Read(path)
		require.NoError(t, err)
		h := sha1.New()
		fmt.Fprintf(h, "blob %d\x00", len(file.Data))
		h.Write(file.Data)
		fmt.Fprintf(&out, "%o %x 0\t%s\x00", file.Mode, h.Sum(nil), path)
	}
	return out.String()
}

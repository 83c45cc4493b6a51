package rollout

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
)

// A diff that is turned around is a diff of the way back, byte for byte where
// nothing occurs twice: with changed, new, deleted and executable files, missing
// newlines, several hunks, and lines that look like headers.
func TestReverse(t *testing.T) {
	before := tree(t, map[string]repo.File{
		"changed": text("one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\neleven\ntwelve\n"),
		"ends":    text("a\nb"),
		"gone":    text("-- a/x\n++ b/x\n"),
		"mode":    text("m\n"),
	})
	after := tree(t, map[string]repo.File{
		"changed": text("one\n2\n2.5\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\ntwelve\nmore\n"),
		"ends":    text("a\nc\n"),
		"mode":    {Mode: repo.Executable, Data: []byte("m\n")},
		"new":     text("@@ -1 +1 @@\ndiff --git a/x b/x"),
	})
	there, err := repo.Diff(before, after)
	require.NoError(t, err)
	back, err := repo.Diff(after, before)
	require.NoError(t, err)
	turned := reverse(string(there))
	require.Equal(t, withoutIndex(string(back)), withoutIndex(turned))

	patch, err := bug.ParsePatch([]byte(turned))
	require.NoError(t, err)
	got, err := patch.Apply(after)
	require.NoError(t, err)
	require.Equal(t, before.Key(), got.Key())
}

func text(s string) repo.File { return repo.File{Mode: repo.Regular, Data: []byte(s)} }

func tree(t *testing.T, files map[string]repo.File) *repo.Tree {
	t.Helper()
	made, err := repo.NewTree(files)
	require.NoError(t, err)
	return made
}

func TestReverseARename(t *testing.T) {
	const there = "diff --git a/b/old b/a/new\nsimilarity index 90%\nrename from b/old\nrename to a/new\n--- a/b/old\n+++ b/a/new\n@@ -1 +1 @@\n-x\n+y\n"
	const back = "diff --git a/a/new b/b/old\nsimilarity index 90%\nrename from a/new\nrename to b/old\n--- a/a/new\n+++ b/b/old\n@@ -1 +1 @@\n-y\n+x\n"
	require.Equal(t, back, reverse(there))
	require.Equal(t, there, reverse(back))
}

// Whatever text it is, it is turned around without a panic.
func FuzzReverse(f *testing.F) {
	f.Add("diff --git a/x b/y\nrename from x\nrename to y\n--- a/x\n+++ b/y\n@@ -1,2 +1 @@ f\n a\n-b\n\\ No newline at end of file\n")
	f.Add("@@ \n\\\n+\n-")
	f.Fuzz(func(t *testing.T, diff string) {
		turned := reverse(diff)
		if len(turned) > 2*len(diff)+100 {
			t.Fatalf("%d bytes of %d", len(turned), len(diff))
		}
	})
}

// withoutIndex drops the lines that name git's objects.
func withoutIndex(diff string) string { return index.ReplaceAllString(diff, "") }

var index = regexp.MustCompile(`(?m)^index .*\n`)

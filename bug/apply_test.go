package bug_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/stretchr/testify/require"
)

func text(s string) repo.File { return repo.File{Mode: repo.Regular, Data: []byte(s)} }
func exe(s string) repo.File  { return repo.File{Mode: repo.Executable, Data: []byte(s)} }
func link(s string) repo.File { return repo.File{Mode: repo.Symlink, Data: []byte(s)} }

const ten = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"

// changes are pairs of trees; git makes the diffs between them.
var changes = map[string]struct{ before, after files }{
	"one line":           {files{"f": text(ten)}, files{"f": text("1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n")}},
	"first and last":     {files{"f": text(ten)}, files{"f": text("0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n")}},
	"new":                {files{"f": text("a\n")}, files{"f": text("a\n"), "d/g": text("b\n")}},
	"new empty":          {files{"f": text("a\n")}, files{"f": text("a\n"), "g": text("")}},
	"new executable":     {files{"f": text("a\n")}, files{"f": text("a\n"), "g": exe("#!/bin/sh\n")}},
	"deleted":            {files{"f": text("a\n"), "d/g": text("b\n")}, files{"f": text("a\n")}},
	"deleted empty":      {files{"f": text("a\n"), "g": text("")}, files{"f": text("a\n")}},
	"emptied":            {files{"f": text("a\n")}, files{"f": text("")}},
	"filled":             {files{"f": text("")}, files{"f": text("a\n")}},
	"renamed":            {files{"f": text(ten)}, files{"d/g": text(ten)}},
	"renamed, edited":    {files{"f": text(ten)}, files{"g": text(ten + "11\n")}},
	"names traded":       {files{"f": text(ten), "g": text("a\nb\nc\n")}, files{"g": text(ten), "f": text("a\nb\nc\n")}},
	"copied":             {files{"f": text(ten)}, files{"f": text(ten), "g": text(ten)}},
	"copied, edited":     {files{"f": text(ten)}, files{"f": text(ten + "12\n"), "g": text(ten + "11\n")}},
	"mode":               {files{"f": text(ten)}, files{"f": exe(ten)}},
	"mode and edit":      {files{"f": exe(ten)}, files{"f": text(ten + "11\n")}},
	"mode and rename":    {files{"f": exe(ten)}, files{"g": text(ten)}},
	"no newline before":  {files{"f": text("a\nb")}, files{"f": text("a\nb\n")}},
	"no newline after":   {files{"f": text("a\nb\n")}, files{"f": text("a\nb")}},
	"no newline both":    {files{"f": text("a\nb")}, files{"f": text("x\nb")}},
	"no newline changed": {files{"f": text("a\nb")}, files{"f": text("a\nc")}},
	"CRLF":               {files{"f": text("a\r\nb\r\nc\r\n")}, files{"f": text("a\r\nB\r\nc\r\n")}},
	"CRLF to LF":         {files{"f": text("a\r\nb\r\n")}, files{"f": text("a\nb\n")}},
	"lone CR":            {files{"f": text("a\rb\n")}, files{"f": text("a\rc\n")}},
	"binary":             {files{"f": text("\x00\x01\x02")}, files{"f": text("\x00\x03\x02")}},
	"binary delta":       {files{"f": text("\x00" + string(random(1, 5000)))}, files{"f": text("\x00" + string(random(1, 5000)) + "tail")}},
	"binary new":         {files{"f": text(ten)}, files{"f": text(ten), "g": text("\x00\xff")}},
	"binary deleted":     {files{"f": text(ten), "g": text("\x00\xff")}, files{"f": text(ten)}},
	"binary renamed":     {files{"f": text("\x00" + string(random(2, 3000)))}, files{"g": text("\x00" + string(random(2, 3000)))}},
	"binary to text":     {files{"f": text("\x00\x01\x02")}, files{"f": text("a\n")}},
	"symlink":            {files{"f": text(ten)}, files{"f": text(ten), "l": link("f")}},
	"symlink moved":      {files{"l": link("f")}, files{"l": link("g")}},
	"symlink deleted":    {files{"l": link("f"), "f": text("")}, files{"f": text("")}},
	"file to symlink":    {files{"f": text(ten)}, files{"f": link("g")}},
	"symlink to file":    {files{"f": link("g")}, files{"f": exe(ten)}},
	"spaces":             {files{"a b/c d": text(ten)}, files{"a b/c d": text(ten + "x\n")}},
	"spaces renamed":     {files{"a b/c d": text(ten)}, files{"a b/e  f ": text(ten)}},
	"spaces mode":        {files{"a b c": text(ten)}, files{"a b c": exe(ten)}},
	"b in the name":      {files{"x b/x": text("")}, files{"y b/x b/y": text("")}},
	"non-ASCII":          {files{"é/日本": text(ten)}, files{"é/日本": text("0\n" + ten)}},
	"not UTF-8":          {files{"\xff\xfe": text(ten)}, files{"\xff\xfe": text("0\n" + ten)}},
	"quoted":             {files{"a\"b\\c\td\ne": text(ten)}, files{"a\"b\\c\td\ne": text("0\n" + ten)}},
	"quoted renamed":     {files{"a\tb": text(ten)}, files{"plain name": text(ten)}},
	"renamed to quoted":  {files{"plain name": text(ten)}, files{"a\x01\x7f\\": text(ten)}},
	"quoted mode":        {files{"\a\b\v\f\r": text(ten)}, files{"\a\b\v\f\r": exe(ten)}},
	"dashes":             {files{"f": text("-- a/f\n++ b/f\n@@ -1 +1 @@\n")}, files{"f": text("++ b/f\n")}},
	"diff in the file":   {files{"f": text("diff --git a/x b/x\n")}, files{"f": text("diff --git a/x b/x\n--- a/x\n+++ b/x\n")}},
	"file to folder":     {files{"f": text(ten)}, files{"f/g": text("other\n")}},
	"folder to file":     {files{"f/g": text(ten), "f/h": text("x\n")}, files{"f": text("other\n")}},
	"many":               {files{"a": text(ten), "b": text(ten + ten), "c": text("x\n")}, files{"a": text("0\n" + ten), "d/b": text(ten + ten), "e": text("new\n")}},
}

// random is incompressible and depends on seed alone.
func random(seed, n int) []byte {
	out := make([]byte, n)
	state := uint32(seed)
	for i := range out {
		state = state*1664525 + 1013904223
		out[i] = byte(state >> 24)
	}
	return out
}

// gitDiff lets git compare two trees.
func gitDiff(t testing.TB, before, after files, options ...string) []byte {
	t.Helper()
	return gitDiffs(t, before, after, options)[0]
}

// gitDiffs lets git compare two trees in several ways.
func gitDiffs(t testing.TB, before, after files, ways ...[]string) [][]byte {
	t.Helper()
	dir := t.TempDir()
	runGit(t, dir, nil, "init", "-q")
	var trees []string
	for _, f := range []files{before, after} {
		runGit(t, dir, nil, "rm", "-rfq", "--ignore-unmatch", ".")
		write(t, dir, f)
		runGit(t, dir, nil, "add", "-A", "-f")
		trees = append(trees, strings.TrimSpace(string(runGit(t, dir, nil, "write-tree"))))
	}
	var diffs [][]byte
	for _, options := range ways {
		diffs = append(diffs, runGit(t, dir, nil, slices.Concat([]string{"diff"}, options, trees)...))
	}
	return diffs
}

// ways are those in which the tests let git compare.
var ways = [][]string{
	{"--binary"},
	{"--binary", "-M", "-U1"},
	{"--binary", "-M", "-C", "--find-copies-harder"},
	{"--binary", "--no-renames", "-U10"},
}

func TestApplyIsGitApply(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		t.Run(name, func(t *testing.T) {
			c := changes[name]
			for _, diff := range gitDiffs(t, c.before, c.after, ways...) {
				p, err := bug.ParsePatch(diff)
				require.NoError(t, err, "%s", diff)
				after, err := p.Apply(tree(t, c.before))
				require.NoError(t, err, "%s", diff)
				require.Equal(t, c.after, contents(t, after), "%s", diff)
				before, err := p.Undo(tree(t, c.after))
				require.NoError(t, err, "%s", diff)
				require.Equal(t, c.before, contents(t, before), "%s", diff)
				got, err := gitApply(t, c.before, diff, false)
				require.NoError(t, err, "%s", diff)
				require.Equal(t, got, contents(t, after), "%s", diff)
			}
		})
	}
}

package bug_test

import (
	"strings"
	"testing"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/stretchr/testify/require"
)

const edit = "@@ -1 +1 @@\n-a\n+b\n"

func added(path, content string) string {
	return "diff --git a/" + path + " b/" + path + "\nnew file mode 100644\n--- /dev/null\n+++ b/" + path + "\n@@ -0,0 +1 @@\n+" + content + "\n"
}

func linked(path, target string) string {
	return strings.Replace(added(path, target), "100644", "120000", 1) + "\\ No newline at end of file\n"
}

// malformed are diffs that no tree can take, with what is said of them.
var malformed = map[string]struct{ diff, want string }{
	"parent":            {"diff --git a/../x b/../x\n--- a/../x\n+++ b/../x\n" + edit, `patch line 1: path "../x" leaves the tree`},
	"parent inside":     {added("d/../../x", "y"), `patch line 1: path "d/../../x" leaves the tree`},
	"absolute":          {added("/etc/passwd", "y"), `patch line 1: path "/etc/passwd" is absolute`},
	"absolute quoted":   {"diff --git \"a/\\057etc\" \"b/\\057etc\"\nnew file mode 100644\n", `path "/etc" is absolute`},
	"git":               {added(".git/hooks/pre-commit", "y"), `path ".git/hooks/pre-commit" is git's own`},
	"git in a folder":   {added("d/.GIT/config", "y"), `path "d/.GIT/config" is git's own`},
	"not clean":         {added("d//x", "y"), `path "d//x" is not clean`},
	"dot":               {added("./x", "y"), `path "./x" is not clean`},
	"NUL":               {"diff --git \"a/x\\000\" \"b/x\\000\"\nnew file mode 100644\n", `path "x\x00" has a NUL byte`},
	"rename out":        {"diff --git a/x b/../y\nrename from x\nrename to ../y\n", `path "../y" leaves the tree`},
	"rename in":         {"diff --git a/../y b/x\nrename from ../y\nrename to x\n", `path "../y" leaves the tree`},
	"copy in":           {"diff --git a/.git/config b/x\ncopy from .git/config\ncopy to x\n", `path ".git/config" is git's own`},
	"plain out":         {"--- a/../x\n+++ b/../x\n" + edit, `path "../x" leaves the tree`},
	"submodule":         {"diff --git a/m b/m\nnew file mode 160000\n--- /dev/null\n+++ b/m\n@@ -0,0 +1 @@\n+Subproject commit 0\n", "patch line 2: mode 160000 is a submodule; leave submodules out"},
	"submodule changed": {"diff --git a/m b/m\nindex 0000000..1111111 160000\n--- a/m\n+++ b/m\n" + edit, "patch line 2: mode 160000 is a submodule"},
	"setuid":            {"diff --git a/x b/x\nold mode 100644\nnew mode 104755\n", `patch line 3: mode "104755" is not one of git's`},
	"folder":            {"diff --git a/x b/x\nnew file mode 040000\n", `mode "040000" is not one of git's`},
	"link by mode":      {"diff --git a/x b/x\nold mode 100644\nnew mode 120000\n", "patch line 1: a symlink and a file do not become each other by a new mode; delete the one and add the other"},

	"no prefixes":          {"diff --git d/x d/x\n--- d/x\n+++ d/x\n" + edit, `patch line 1: the names in "d/x d/x" have no a/ and b/ before them; make the diff with git diff --src-prefix=a/ --dst-prefix=b/`},
	"no prefixes, a":       {"diff --git a/x a/x\n--- a/x\n+++ a/x\n" + edit, "have no a/ and b/ before them"},
	"no prefixes, plain":   {"--- x\n+++ x\n" + edit, "are not a/ and b/ of one path"},
	"two names":            {"diff --git a/x b/y\n--- a/x\n+++ b/x\n" + edit, `the diff --git line has two paths, "x" and "y"`},
	"other ---":            {"diff --git a/x b/x\n--- a/y\n+++ b/x\n" + edit, `the --- line says "a/y", the diff --git line "a/x"`},
	"other +++":            {"diff --git a/x b/x\n--- a/x\n+++ b/y\n" + edit, `the +++ line says "b/y", the diff --git line "b/x"`},
	"other rename":         {"diff --git a/x b/y\nrename from x\nrename to z\n", `the to line says "z", the diff --git line "y"`},
	"/dev/null":            {"diff --git a/x b/x\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n", `the --- line says "/dev/null", the diff --git line "a/x"`},
	"twice in the header":  {"diff --git a/x b/x\nnew file mode 100644\nnew file mode 100755\n", "patch line 3: a line of the header comes twice"},
	"contradiction":        {"diff --git a/x b/x\nnew file mode 100644\ndeleted file mode 100644\n", "the mode lines of the entry contradict each other"},
	"nothing":              {"diff --git a/x b/x\n", `patch line 1: the entry of "x" changes nothing`},
	"no diff":              {"I fixed it.\n", `patch line 1: no diff is in it; an entry starts with "diff --git a/path b/path"`},
	"merge":                {"diff --cc x\nindex 0,0..0\n", "patch line 1: the diff of a merge cannot be applied"},
	"cut off":              {"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b", "patch line 6: the last line is cut off; end the diff with a newline"},
	"no bytes":             {"diff --git a/x b/x\nindex 0000000..1111111 100644\nBinary files a/x and b/x differ\n", `patch line 3: the bytes of "x" are not in the diff; make the diff with git diff --binary`},
	"hunk too short":       {"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n+b\n", "patch line 7: the hunk of line 4 ends before its header says"},
	"hunk too long":        {"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n+c\n", "patch line 7: the hunk has more lines than its header says"},
	"hunk counts":          {"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -3 +9 @@\n-a\n+b\n", "patch line 4: the hunk starts before new line 9, but the hunks before it make that 3"},
	"hunks out of order":   {"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -9 +9 @@\n-a\n+b\n@@ -1 +1 @@\n-a\n+b\n", `patch line 7: hunks of "x" overlap or are out of order`},
	"hunk alone":           {"@@ -1 +1 @@\n-a\n+b\n", "patch line 1: a hunk belongs to no file"},
	"huge hunk":            {"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,99999999999 +1 @@\n-a\n", "the hunk header cannot be read"},
	"huge count":           {"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2000000000 +1,2000000000 @@\n-a\n", "ends before its header says"},
	"one path, two ways":   {added("x", "1") + added("y", "1") + added("x", "2"), `patch line 13: "x" is changed by the entry in line 1 already`},
	"rename onto an entry": {added("y", "1") + "diff --git a/x b/y\nrename from x\nrename to y\n", `patch line 7: "y" is changed by the entry in line 1 already`},
	"CRLF everywhere":      {"diff --git a/x b/x\r\n--- a/x\r\n+++ b/x\r\n" + edit, "lines of the diff end in LF alone"},
	"line 0":               {"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -0,1 +1 @@\n-a\n+b\n", "patch line 4: the hunk header cannot be read"},
	"hunk of context":      {"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n a\n", "patch line 4: the hunk changes nothing"},
	"after the end":        {"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n-a\n+b\n\\ No newline at end of file\n+c\n", "patch line 8: a line follows one that has no newline"},
	"new, with old lines":  {"diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n" + edit, `the new file "x" has old lines`},
	"deleted, keeps lines": {"diff --git a/x b/x\ndeleted file mode 100644\n--- a/x\n+++ /dev/null\n" + edit, `the deleted file "x" keeps lines`},
	"other rename from":    {"diff --git a/x b/y\nrename from z\nrename to y\n", `the from line says "z", the diff --git line "x"`},
	"odd order":            {"diff --git a/x b/x\n--- a/x\nindex 0000000..1111111\n+++ b/x\n" + edit, "patch line 3: a +++ line follows the --- line"},
	"name with a space":    {"--- a/x y\n+++ b/x y\n" + edit, `patch line 1: where the name "a/x y" ends would have to be guessed; add a "diff --git" line`},
	"new by its time":      {"--- a/x\t1970-01-01 00:00:00 +0000\n+++ b/x\n" + edit, `patch line 1: the time "1970-01-01 00:00:00 +0000" would have to tell whether the file is new`},
	"new by its hunk":      {"--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+a\n", `patch line 3: whether "x" is added, deleted or changed would have to be guessed`},
	"bomb":                 {"diff --git a/x b/x\nindex " + strings.Repeat("0", 40) + ".." + strings.Repeat("1", 40) + "\nGIT binary patch\nliteral 999999999999\nHcmV?d00001\n\n", "the binary changes unpack to more bytes than are allowed"},
}

// Diffs without "diff --git" lines are applied when they leave nothing to guess, and so is what git
// format-patch writes around a diff.
func TestPlainDiffs(t *testing.T) {
	for diff, want := range map[string]files{
		"--- a/x\n+++ b/x\n" + edit:                                  {"x": text("b\n")},
		"--- a/x\t2026-01-02 03:04:05\n+++ b/x\t2026-01-02\n" + edit: {"x": text("b\n")},
		"--- /dev/null\n+++ b/y\n@@ -0,0 +1 @@\n+y\n":                {"x": text("a\n"), "y": text("y\n")},
		"--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n":                {},
		"From 1 Mon Sep 17 00:00:00 2001\nSubject: x\n\n---\n x | 2 +-\n\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n" + edit + "-- \n2.39.5\n\n": {"x": text("b\n")},
	} {
		before := files{"x": text("a\n")}
		p, err := bug.ParsePatch([]byte(diff))
		require.NoError(t, err)
		after, err := p.Apply(tree(t, before))
		require.NoError(t, err)
		require.Equal(t, want, contents(t, after))
		undone, err := p.Undo(after)
		require.NoError(t, err)
		require.Equal(t, before, contents(t, undone))
		byGit, err := gitApply(t, before, []byte(diff), false)
		require.NoError(t, err)
		require.Equal(t, want, byGit)
	}
}

func TestMalformedPatches(t *testing.T) {
	for name, c := range malformed {
		t.Run(name, func(t *testing.T) {
			_, err := bug.ParsePatch([]byte(c.diff))
			require.IsType(t, &bug.FormatError{}, err)
			require.ErrorContains(t, err, c.want)
		})
	}
}

// unfit are well-formed diffs that do not fit a tree.
var unfit = map[string]struct {
	tree files
	diff string
	want string
}{
	"no file":             {files{}, "diff --git a/x b/x\n--- a/x\n+++ b/x\n" + edit, `patch line 1: "x": the tree has no such file`},
	"a file already":      {files{"x": text("")}, added("x", "y"), `"x": the tree has such a file already`},
	"renamed onto a file": {files{"x": text("a"), "y": text("")}, "diff --git a/x b/y\nrename from x\nrename to y\n", `"y": the tree has such a file already`},
	"another line":        {files{"x": text("c\n")}, "diff --git a/x b/x\n--- a/x\n+++ b/x\n" + edit, `patch line 5: hunk 1 of "x": line 1 differs; the patch expects "a\n", the tree has "c\n"`},
	"moved down":          {files{"x": text("0\na\n")}, "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n+b\n c\n", `patch line 5: hunk 1 of "x": line 1 differs; the patch expects "a\n", the tree has "0\n"`},
	"too short":           {files{"x": text("a\n")}, "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -2 +2 @@\n-a\n+b\n", `hunk 1 of "x": the file is too short; the patch expects 2 lines, the tree has 1`},
	"no newline":          {files{"x": text("a")}, "diff --git a/x b/x\n--- a/x\n+++ b/x\n" + edit, `the patch expects "a\n", the tree has "a"`},
	"no context":          {files{"x": text("a\nz\n")}, "diff --git a/x b/x\n--- a/x\n+++ b/x\n" + edit, "a hunk without context cannot be placed for sure (make the diff with git diff -U3); the patch expects 1 lines, the tree has more"},
	"after line 1":        {files{"x": text("a\n")}, "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,0 +2 @@\n+b\n", "a hunk without context cannot be placed for sure"},
	"far behind the end":  {files{"x": text("a\n")}, "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -5,0 +6 @@\n+b\n", `hunk 1 of "x": the file is too short; the patch expects 5 lines, the tree has 1`},
	"more than deleted":   {files{"x": text("a\nb\n")}, "diff --git a/x b/x\ndeleted file mode 100644\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n", `hunk 1 of "x": a hunk without context`},
	"deleted unseen":      {files{"x": text("a\nb\n")}, "diff --git a/x b/x\ndeleted file mode 100644\n", `"x": the file has 4 bytes more than the patch deletes`},
	"mode":                {files{"x": exe("a\n")}, "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n", `"x": the mode differs; the patch expects 100644, the tree has 100755`},
	"type":                {files{"x": link("a")}, "diff --git a/x b/x\nindex 0000000..1111111 100644\n--- a/x\n+++ b/x\n" + edit, `the patch expects 100644, the tree has 120000`},
	"through a link":      {files{"l": link("/etc")}, added("l/passwd", "y"), `"l/passwd": it cannot be written: "l" is a symlink`},
	"edit through a link": {files{"l": link("/etc")}, "diff --git a/l/x b/l/x\n--- a/l/x\n+++ b/l/x\n" + edit, `"l/x": the tree has no such file: "l" is a symlink`},
	"through its own":     {files{}, linked("l", "/etc") + added("l/passwd", "y"), `patch line 8: "l/passwd": it cannot be written: "l" is a symlink`},
	"through a copy":      {files{"m": link("/etc")}, "diff --git a/m b/l\ncopy from m\ncopy to l\n" + added("l/d/x", "y"), `patch line 4: "l/d/x": it cannot be written: "l" is a symlink`},
	"below a file":        {files{"f": text("")}, added("f/x", "y"), `"f/x": it cannot be written: "f" is a file, not a folder`},
	"over a folder":       {files{"d/x": text("")}, added("d", "y"), `"d": it cannot be a file: it is a folder, with "d/x" in it`},
	"over its own folder": {files{}, added("d/x", "y") + added("d", "y"), `"d/x": it cannot be written: "d" is a file, not a folder`},
	"link to nothing":     {files{}, "diff --git a/l b/l\nnew file mode 120000\n", `"l": a symlink cannot have the target ""`},
	"link with NUL":       {files{}, linked("l", "a\x00b"), `"l": a symlink cannot have the target "a\x00b"`},
}

func TestPatchesThatDoNotFit(t *testing.T) {
	for name, c := range unfit {
		t.Run(name, func(t *testing.T) {
			p, err := bug.ParsePatch([]byte(c.diff))
			require.NoError(t, err)
			before := tree(t, c.tree)
			_, err = p.Apply(before)
			require.IsType(t, &bug.ApplyError{}, err)
			require.ErrorContains(t, err, c.want)
			require.Equal(t, c.tree, contents(t, before), "the tree is as it was")
		})
	}
}

// A patch of a few bytes must not fill the memory.
func TestPatchMakesTooMuch(t *testing.T) {
	big := strings.Repeat("a\n", 1000)
	diff := "diff --git a/x b/y\ncopy from x\ncopy to y\n--- a/x\n+++ b/y\n@@ -1,4 +1,4 @@\n-a\n+b\n a\n a\n a\n"
	p, err := bug.Limits{Made: 1500}.ParsePatch([]byte(diff))
	require.NoError(t, err)
	_, err = p.Apply(tree(t, files{"x": text(big)}))
	require.ErrorContains(t, err, `"y": the patch makes more bytes than are allowed`)

	_, err = bug.Limits{Patch: 10}.ParsePatch([]byte(diff))
	require.ErrorContains(t, err, "patch: it has more than 10 bytes")
	_, err = bug.Limits{Entries: 1}.ParsePatch([]byte(added("x", "1") + added("y", "1")))
	require.ErrorContains(t, err, "patch line 7: the diff has more than 1 entries")
}

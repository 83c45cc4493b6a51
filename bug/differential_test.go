package bug_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/stretchr/testify/require"
)

// stricter are the documented reasons for which this package refuses what git
// apply accepts. A refusal for any other reason is an error.
var stricter = []*regexp.Regexp{
	// A hunk stands where it says, or is refused; git searches for it.
	regexp.MustCompile(`line \d+ differs|the file is too short|cannot be placed for sure`),
	regexp.MustCompile(`the hunk starts before new line|overlap or are out of order`),
	regexp.MustCompile(`would have to be guessed`),
	// The lines of a header say each thing once, and agree.
	regexp.MustCompile(`comes twice|contradict|changes nothing|come together|follows the --- line|a rename and a copy`),
	regexp.MustCompile(`line says "|has two paths|cannot be told apart|no a/ and b/ before them|are not a/ and b/ of one path`),
	regexp.MustCompile(`control character in the name|the quoted name .* cannot be read|is not one of git's for files|index line .* cannot be read`),
	regexp.MustCompile(`to itself|do not become each other|is a submodule`),
	// A line that looks like part of a diff is not passed over.
	regexp.MustCompile(`more lines than its header says|ends before its header says|belongs to no file|a line follows one that has no newline|no hunk follows|the hunk header cannot be read|without --- and \+\+\+|the last line is cut off`),
	regexp.MustCompile(`the binary change cannot be|are not in the diff|needs an index line`),
	// Undoing one entry alone must have a meaning.
	regexp.MustCompile(`is changed by the entry in line`),
	// Modes are compared; git warns.
	regexp.MustCompile(`the mode differs`),
	regexp.MustCompile(`no diff is in it`),
}

// TestMutatedDiffs damages diffs, and the trees they are for, and compares with
// git apply and git apply -R: what is accepted here, git accepts with the same
// result; what only git accepts is refused for a documented reason.
func TestMutatedDiffs(t *testing.T) {
	rounds := 80
	if testing.Short() {
		rounds = 5
	}
	reasons := map[string]int{}
	for n, name := range slices.Sorted(maps.Keys(changes)) {
		c := changes[name]
		random := rand.New(rand.NewPCG(1, uint64(n)))
		diff := gitDiff(t, c.before, c.after, "--binary", "-M", fmt.Sprintf("-U%d", n%4))
		for round := range rounds {
			before, damaged := maps.Clone(c.before), diff
			reverse := round%3 == 2
			if reverse {
				before = maps.Clone(c.after)
			}
			for range 1 + random.IntN(2) {
				if random.IntN(4) == 0 {
					drift(random, before)
				} else {
					damaged = damage(random, damaged)
				}
			}
			reasons[compare(t, before, damaged, reverse)]++
		}
	}
	t.Log(reasons)
}

// compare applies diff to before here and with git, and says how it went.
func compare(t testing.TB, before files, diff []byte, reverse bool) string {
	t.Helper()
	want, gitErr := gitApply(t, before, diff, reverse)
	p, err := bug.ParsePatch(diff)
	if err == nil {
		run := p.Apply
		if reverse {
			run = p.Undo
		}
		made, applyErr := run(tree(t, before))
		if err = applyErr; err == nil && len(p.Entries) > 0 {
			if gitErr != nil && reverse && slices.ContainsFunc(p.Entries, func(e *bug.Entry) bool { return e.Kind == bug.Copied }) {
				return "only git refuses: copy undone"
			}
			require.NoError(t, gitErr, "accepted here, refused by git (reverse %v):\n%s\n%q", reverse, diff, before)
			require.Equal(t, want, contents(t, made), "reverse %v:\n%s", reverse, diff)
			return "both accept"
		}
	}
	if gitErr != nil {
		return "both refuse"
	}
	if err == nil {
		return "no entry"
	}
	_, format := errors.AsType[*bug.FormatError](err)
	_, apply := errors.AsType[*bug.ApplyError](err)
	require.True(t, format || apply, "%v", err)
	for _, reason := range stricter {
		if reason.MatchString(err.Error()) {
			return "only git accepts: " + reason.String()
		}
	}
	t.Errorf("refused for no documented reason (reverse %v): %v\n%s\n%v", reverse, err, diff, slices.Sorted(maps.Keys(before)))
	return "undocumented"
}

var numbers = regexp.MustCompile(`[0-9]+`)

// damage returns diff with one thing wrong.
func damage(random *rand.Rand, diff []byte) []byte {
	lines := bytes.SplitAfter(bytes.Clone(diff), []byte("\n"))
	i, j := random.IntN(len(lines)), random.IntN(len(lines))
	switch random.IntN(10) {
	case 0:
		lines = slices.Delete(lines, i, i+1)
	case 1:
		lines = slices.Insert(lines, i, lines[j])
	case 2:
		lines[i], lines[j] = lines[j], lines[i]
	case 3:
		return diff[:random.IntN(len(diff)+1)]
	case 4, 5:
		if at := numbers.FindAllIndex(diff, -1); len(at) > 0 {
			n := at[random.IntN(len(at))]
			value, _ := strconv.Atoi(string(diff[n[0]:n[1]]))
			return slices.Concat(diff[:n[0]], strconv.AppendInt(nil, int64(max(0, value+random.IntN(5)-2)), 10), diff[n[1]:])
		}
	case 6:
		lines = slices.Insert(lines, i, []byte(pieces[random.IntN(len(pieces))]))
	case 7:
		lines[i] = bytes.Replace(lines[i], []byte("\n"), []byte("\r\n"), 1)
	case 8:
		if len(lines[i]) > 0 {
			lines[i][random.IntN(len(lines[i]))] = byte(random.IntN(256))
		}
	case 9:
		return slices.Concat(bytes.Join(lines[i:], nil), bytes.Join(lines[:i], nil))
	}
	return bytes.Join(lines, nil)
}

// pieces are lines that mean something in a diff.
var pieces = []string{
	"diff --git a/f b/f\n", "diff --git a/f b/g\n", "--- a/f\n", "+++ b/f\n", "--- /dev/null\n", "+++ /dev/null\n",
	"@@ -1 +1 @@\n", "@@ -0,0 +1 @@\n", "@@ -1 +0,0 @@\n", "@@ -1,3 +1,4 @@\n", " 1\n", "-1\n", "+1\n", "\n", "prose\n", "-- \n2.39\n",
	"\\ No newline at end of file\n", "new file mode 100644\n", "deleted file mode 100644\n", "old mode 100644\nnew mode 100755\n",
	"new file mode 120000\n", "new mode 160000\n", "rename from f\nrename to g\n", "copy from f\ncopy to h\n", "rename to ../x\n",
	"index 0000000..1111111 100644\n", "index 0000000..1111111\n", "similarity index 90%\n", "GIT binary patch\n", "literal 0\nHcmV?d00001\n\n",
	"Binary files a/f and b/f differ\n", "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-1\n+one\n", "diff --git a/n b/n\nnew file mode 100644\n",
	"--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+n\n", "--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n",
}

// drift changes a file of the tree.
func drift(random *rand.Rand, f files) {
	if len(f) == 0 {
		return
	}
	path := slices.Sorted(maps.Keys(f))[random.IntN(len(f))]
	file := f[path]
	lines := bytes.SplitAfter(bytes.Clone(file.Data), []byte("\n"))
	i := random.IntN(len(lines))
	switch random.IntN(5) {
	case 0:
		lines = slices.Insert(lines, i, []byte("drift\n"))
	case 1:
		lines = slices.Delete(lines, i, i+1)
	case 2:
		lines = append(lines, []byte("end"))
	case 3:
		lines = append(slices.Clone(lines), lines...)
	case 4:
		delete(f, path)
		return
	}
	if file.Data = bytes.Join(lines, nil); len(file.Data) > 0 || file.Mode == text("").Mode {
		f[path] = file
	}
}

package reward_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/reward"
)

// Nebius pays solving less the more steps it took; brevity is a part of one's own.
func ExampleSum() {
	brevity := reward.Part{Name: "brevity", Pay: func(e reward.Evidence) (float64, error) {
		return -float64(e.Tokens) / 1e6, nil
	}}
	attempts := []reward.Evidence{
		{Verdict: reward.Resolved, Steps: 8, Tokens: 20_000},
		{Verdict: reward.Resolved, Steps: 25, Tokens: 60_000},
		{Verdict: reward.Unresolved, Steps: 40, Tokens: 90_000},
		{Steps: 3}, // lost to the machine
	}
	for _, attempt := range attempts {
		pay, err := reward.Sum(attempt, reward.ResolvedOrNot(), reward.StepPenalty{}.Part(), brevity)
		fmt.Println(pay, err)
	}
	// Output:
	// 0.98 <nil>
	// 0.44 <nil>
	// -1.09 <nil>
	// 0 reward: resolved_or_not: the attempt is unjudged; only a resolved or unresolved one can be paid
}

// SWE-RL pays an answer by its likeness to the oracle's change.
func ExampleAnswerSimilarity() {
	e := reward.Evidence{
		Files:   map[string]string{"a.py": "def add(a, b):\n    return a - b\n"},
		Changed: map[string]string{"a.py": "def add(a, b):\n    return a + b\n"},
		Answer: "<think>a sum</think><solution>```python\n### a.py\n<<<<<<< SEARCH\n" +
			"    return a - b\n=======\n    return b + a\n>>>>>>> REPLACE\n```</solution>",
	}
	pay, _ := reward.Sum(e, reward.AnswerSimilarity{}.Part())
	fmt.Printf("%.3f\n", pay)
	e.Answer = "I cannot do that."
	pay, _ = reward.Sum(e, reward.AnswerSimilarity{}.Part())
	fmt.Println(pay)
	// Output:
	// 0.970
	// -1
}

const (
	patchA     = "--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n-a\n+b\n c\n"
	modeChange = "diff --git a/x.py b/x.py\nold mode 100644\nnew mode 100755\n"
	tooShort   = "--- a/x.py\n+++ b/x.py\n@@ -1,9 +1,9 @@\n-a\n+b\n"
)

func TestPays(t *testing.T) {
	answer := func(search, replace string) string {
		return "<think>t</think><solution>```\n### f\n<<<<<<< SEARCH\n" + search + "\n=======\n" + replace + "\n>>>>>>> REPLACE\n```</solution>"
	}
	file := func(content string) map[string]string { return map[string]string{"f": content} }
	passes := map[string]string{"a": "passed", "b": "PASSED"}
	tests := []struct {
		name string
		part reward.Part
		e    reward.Evidence
		want float64
	}{
		{"SWE-Swiss, resolved", reward.PlusMinusOne(), reward.Evidence{Verdict: reward.Resolved}, 1},
		{"SWE-Swiss, unresolved", reward.PlusMinusOne(), reward.Evidence{Verdict: reward.Unresolved}, -1},
		{"BugFixer, unresolved", reward.ResolvedOrNot(), reward.Evidence{Verdict: reward.Unresolved}, 0},

		{"DeepSWE, all pass", reward.DeepSWE{}.Part(), reward.Evidence{Results: passes, FailToPass: []string{"a"}, PassToPass: []string{"b"}, TestTime: time.Minute}, 1},
		{"DeepSWE, too slow", reward.DeepSWE{}.Part(), reward.Evidence{Results: passes, FailToPass: []string{"a"}, TestTime: 5 * time.Minute}, 0},
		{"DeepSWE, one missing", reward.DeepSWE{}.Part(), reward.Evidence{Results: passes, FailToPass: []string{"a", "c"}}, 0},
		{"DeepSWE, none ran", reward.DeepSWE{}.Part(), reward.Evidence{FailToPass: []string{"a"}}, 0},

		{"TestWriter, shows the bug", reward.TestWriter(), reward.Evidence{Before: map[string]string{"a": "failed", "b": "passed"}, After: passes}, 1},
		{"TestWriter, error before", reward.TestWriter(), reward.Evidence{Before: map[string]string{"a": "error"}, After: passes}, 1},
		{"TestWriter, passes before", reward.TestWriter(), reward.Evidence{Before: passes, After: passes}, 0},
		{"TestWriter, fails after", reward.TestWriter(), reward.Evidence{Before: map[string]string{"a": "failed"}, After: map[string]string{"a": "failed"}}, 0},
		{"TestWriter, gone after", reward.TestWriter(), reward.Evidence{Before: map[string]string{"a": "failed", "c": "passed"}, After: passes}, 0},
		{"TestWriter, wrote none", reward.TestWriter(), reward.Evidence{Before: map[string]string{}, After: map[string]string{}}, 0},
		{"TestWriter, skipped", reward.TestWriter(), reward.Evidence{Before: map[string]string{"a": "skipped"}, After: passes}, 0},

		{"a skipped run is not resolved", reward.SWEBench{}.Part(), reward.Evidence{Results: map[string]string{"a": "SKIPPED"}, FailToPass: []string{"a"}}, 0},
		{"hole: it is", reward.SWEBench{Compat: true}.Part(), reward.Evidence{Results: map[string]string{"a": "SKIPPED"}, FailToPass: []string{"a"}}, 1},
		{"hole: what worked may break", reward.SWEBench{Compat: true, IgnorePassToPass: true}.Part(), reward.Evidence{Results: map[string]string{"a": "PASSED"}, FailToPass: []string{"a"}, PassToPass: []string{"b"}}, 1},

		{"no results are not the expected ones", reward.R2E{}.Part(), reward.Evidence{Expected: passes}, 0},
		{"the expected results", reward.R2E{}.Part(), reward.Evidence{Results: passes, Expected: passes}, 1},
		{"a test more", reward.R2E{}.Part(), reward.Evidence{Results: map[string]string{"a": "passed", "b": "PASSED", "c": "PASSED"}, Expected: passes}, 0},
		{"two statuses", reward.R2E{}.Part(), reward.Evidence{Results: map[string]string{"a - x": "FAILED", "a - y": "PASSED"}, Expected: map[string]string{"a": "PASSED"}}, 0},
		{"hole: the last counts", reward.R2E{Compat: true}.Part(), reward.Evidence{Results: map[string]string{"a - x": "FAILED", "a - y": "PASSED"}, Expected: map[string]string{"a": "PASSED"}}, 1},
		{"hole: nothing is nothing", reward.R2E{Compat: true}.Part(), reward.Evidence{}, 1},

		{"all places", reward.AnswerSimilarity{}.Part(), reward.Evidence{Files: file("x\ny\nx\n"), Changed: file("z\ny\nz\n"), Answer: answer("x", "z")}, 1},
		{"all places: the oracle changed one", reward.AnswerSimilarity{Occurrence: reward.First}.Part(), reward.Evidence{Files: file("x\ny\nx\n"), Changed: file("z\ny\nx\n"), Answer: answer("x", "z")}, 1},
		{"not the only place", reward.AnswerSimilarity{Occurrence: reward.Unique}.Part(), reward.Evidence{Files: file("x\ny\nx\n"), Changed: file("z\ny\nx\n"), Answer: answer("x", "z")}, -1},
		{"neither changes a line", reward.AnswerSimilarity{}.Part(), reward.Evidence{Files: file("x"), Changed: file("x\n"), Answer: answer("x", "x\r")}, -1},
		{"hole: that is right", reward.AnswerSimilarity{Compat: true}.Part(), reward.Evidence{Files: file("x"), Changed: file("x\n"), Answer: answer("x", "x\r")}, 1},

		{"the oracle's patch", reward.PatchSimilarity{}.Part(), reward.Evidence{Patches: []string{patchA}, OraclePatches: []string{patchA}}, 1},
		{"no patch", reward.PatchSimilarity{}.Part(), reward.Evidence{OraclePatches: []string{patchA}}, 0},
		{"no diff", reward.PatchSimilarity{}.Part(), reward.Evidence{Patches: []string{"fixed it"}, OraclePatches: []string{patchA}}, -1},
		{"a hunk cut off", reward.PatchSimilarity{}.Part(), reward.Evidence{Patches: []string{tooShort}, OraclePatches: []string{patchA}}, -1},
		{"hole: it counts as no change", reward.PatchSimilarity{Compat: true}.Part(), reward.Evidence{Patches: []string{tooShort}, OraclePatches: []string{patchA}}, 0},
		{"hole: nothing is right", reward.PatchSimilarity{Compat: true}.Part(), reward.Evidence{Patches: []string{tooShort}}, 1},
		{"another file more", reward.PatchSimilarity{}.Part(), reward.Evidence{Patches: []string{patchA, strings.ReplaceAll(patchA, "x.py", "y.py")}, OraclePatches: []string{patchA}}, 0.5},
		{"which is not looked at", reward.PatchSimilarity{OracleFilesOnly: true}.Part(), reward.Evidence{Patches: []string{patchA, strings.ReplaceAll(patchA, "x.py", "y.py")}, OraclePatches: []string{patchA}}, 1},
		{"a mode is no diff", reward.PatchSimilarity{}.Part(), reward.Evidence{Patches: []string{patchA, strings.ReplaceAll(modeChange, "x.py", "y.py")}, OraclePatches: []string{patchA}}, 1},

		{"near, by default of scale 1", reward.Thresholded{Threshold: 0.5}.Part(), reward.Evidence{Verdict: reward.Unresolved, Patches: []string{patchA}, OraclePatches: []string{patchA}}, -0.5},
		{"not a diff", reward.Thresholded{Threshold: 0.5}.Part(), reward.Evidence{Verdict: reward.Unresolved, Patches: []string{"x"}, OraclePatches: []string{patchA}}, -1},
		{"too long by half the buffer", reward.SoftOverlong{Max: 200, Buffer: 50}.Part(), reward.Evidence{Tokens: 175}, -0.5},
	}
	for _, test := range tests {
		requirePay(t, test.want, test.part, test.e, test.name)
	}
}

// TestRefusals: evidence by which nothing can be judged is an error that names the
// part and what is wrong, never a number.
func TestRefusals(t *testing.T) {
	oracle := []string{patchA}
	lists := reward.Evidence{Results: map[string]string{"a": "exploded"}, FailToPass: []string{"a"}}
	tests := []struct {
		part reward.Part
		e    reward.Evidence
		want string
	}{
		{reward.PlusMinusOne(), reward.Evidence{}, "plus_minus_one: the attempt is unjudged"},
		{reward.PlusMinusOne(), reward.Evidence{Verdict: 7}, "the attempt is Verdict(7)"},
		{reward.DeepSWE{}.Part(), reward.Evidence{}, "deepswe: no test in FAIL_TO_PASS"},
		{reward.DeepSWE{}.Part(), reward.Evidence{TestTime: -1}, "neither can be negative"},
		{reward.SWEBench{}.Part(), lists, `swe_bench: FAIL_TO_PASS: test "a" is "exploded"`},
		{reward.SWEBench{IgnorePassToPass: true}.Part(), lists, "only Compat does that"},
		{reward.TestWriter(), reward.Evidence{}, "were not run"},
		{reward.TestWriter(), reward.Evidence{Before: lists.Results, After: lists.Results}, `before the fix: test "a" is "exploded"`},
		{reward.R2E{}.Part(), reward.Evidence{}, "r2e: no expected results"},
		{reward.StepPenalty{Free: 40}.Part(), reward.Evidence{}, "40 free steps of at most 40"},
		{reward.StepPenalty{}.Part(), reward.Evidence{Steps: -1}, "-1 steps"},
		{reward.SoftOverlong{}.Part(), reward.Evidence{}, "a buffer of 0 of at most 0 tokens"},
		{reward.SoftOverlong{Max: 2, Buffer: 1, Factor: math.NaN()}.Part(), reward.Evidence{}, "factor NaN"},
		{reward.SoftOverlong{Max: 2, Buffer: 1}.Part(), reward.Evidence{Tokens: -1}, "-1 tokens"},
		{reward.AnswerSimilarity{}.Part(), reward.Evidence{}, "answer_similarity: there is no oracle"},
		{reward.AnswerSimilarity{}.Part(), reward.Evidence{Answer: "a\xff", Changed: map[string]string{}}, "the answer: byte 0xff at offset 1 is not UTF-8"},
		{reward.AnswerSimilarity{}.Part(), reward.Evidence{Files: map[string]string{"f": "\xef"}, Changed: map[string]string{}}, "the files, f: byte 0xef at offset 0"},
		{reward.PatchSimilarity{}.Part(), reward.Evidence{}, "patch_similarity: there is no oracle"},
		{reward.PatchSimilarity{}.Part(), reward.Evidence{OraclePatches: []string{patchA, "hello\n"}}, "oracle patch 1: line 1: no file is changed in it"},
		{reward.PatchSimilarity{}.Part(), reward.Evidence{OraclePatches: []string{tooShort}}, "oracle patch 0: line 5: the hunk is shorter than its header says"},
		{reward.PatchSimilarity{}.Part(), reward.Evidence{OraclePatches: oracle, Patches: []string{"\xff"}}, "patch 0: byte 0xff at offset 0"},
		{reward.Thresholded{Threshold: math.NaN()}.Part(), reward.Evidence{Verdict: reward.Resolved}, "threshold NaN"},
		{reward.Thresholded{Scale: -1}.Part(), reward.Evidence{Verdict: reward.Resolved}, "scale -1"},
		{reward.Thresholded{}.Part(), reward.Evidence{OraclePatches: oracle}, "thresholded: the attempt is unjudged"},
		{reward.Thresholded{}.Part(), reward.Evidence{Verdict: reward.Unresolved}, "thresholded: there is no oracle"},
		{reward.Part{Name: "own", Pay: func(reward.Evidence) (float64, error) { return math.NaN(), nil }}, reward.Evidence{}, "own: it paid NaN"},
		{reward.Part{Name: "own"}, reward.Evidence{}, `part 0, "own": every part needs a function`},
	}
	for _, test := range tests {
		_, err := reward.Sum(test.e, test.part)
		require.ErrorContains(t, err, test.want)
		require.ErrorContains(t, err, "reward: ")
	}
	_, err := reward.Sum(reward.Evidence{})
	require.ErrorContains(t, err, "no parts")
	_, err = reward.Sum(reward.Evidence{Verdict: reward.Resolved}, reward.PlusMinusOne(), reward.PlusMinusOne())
	require.ErrorContains(t, err, `part 1, "plus_minus_one"`)
}

// TestAgentlessRefuses what the original skips.
func TestAgentlessRefuses(t *testing.T) {
	edit := func(path, search, replace string) string {
		return "```python\n### " + path + "\n<<<<<<< SEARCH\n" + search + "\n=======\n" + replace + "\n>>>>>>> REPLACE\n```"
	}
	files := map[string]string{"a": "x\nx\n"}
	for answer, want := range map[string]string{
		edit("b", "x", "y"):     "no file b",
		edit("a", "q", "y"):     "the search is not there in a: q",
		edit("a", "", "y"):      "without one search and one replacement",
		"just do it":            "no search/replace blocks",
		edit("a", "x", "y")[9:]: "no search/replace blocks",
	} {
		_, err := reward.Agentless{}.Apply(files, answer)
		require.ErrorContains(t, err, want, "%q", answer)
		_, err = reward.Agentless{Compat: true}.Apply(files, answer)
		require.NoError(t, err, "%q", answer)
	}
	for which, want := range map[reward.Occurrence]string{reward.All: "y\ny\n", reward.First: "y\nx\n"} {
		edited, err := reward.Agentless{Occurrence: which}.Apply(files, edit("a", "x", "y"))
		require.NoError(t, err)
		require.Equal(t, want, edited["a"])
	}
	_, err := reward.Agentless{Occurrence: reward.Unique}.Apply(files, edit("a", "x", "y"))
	require.ErrorContains(t, err, "is there more than once")
}

// TestGrowthEnds: each edit of every occurrence doubles the file.
func TestGrowthEnds(t *testing.T) {
	var edits []reward.Edit
	for i := range 60 {
		edits = append(edits, reward.Edit{Path: "f", Search: "x", Replace: "x\nx" + strings.Repeat(" ", i%2)})
	}
	_, err := reward.ApplyEdits(map[string]string{"f": "x"}, edits, reward.All)
	require.ErrorContains(t, err, "1 MiB larger")
}

// FuzzParts: whatever a player says, a part pays a number in its range or says why not.
func FuzzParts(f *testing.F) {
	f.Add("<think>t</think><solution>```\n### f\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n```</solution>", "a\n", patchA)
	f.Add("```python\n### f\n<<<<<<< SEARCH\n\n=======\nb\n>>>>>>> REPLACE\n```", "a", modeChange+"GIT binary patch\n\nBinary files a and b differ\n")
	f.Add("short test summary info\n\x1b[1mERROR x", "\xff", "@@ -1 +99999999999999999999 @@\n")
	f.Add("", "\u2028", "--- a\n+++ b\n@@ -0,0 +0,0 @@\n\\ No newline at end of file\n\n\r\n")
	f.Fuzz(func(t *testing.T, answer, content, patch string) {
		e := reward.Evidence{
			Verdict: reward.Unresolved, Answer: answer, Patches: []string{patch}, OraclePatches: []string{patchA},
			Files: map[string]string{"f": content}, Changed: map[string]string{"f": content + "\nend"},
		}
		for _, compat := range []bool{false, true} {
			near := reward.PatchSimilarity{Compat: compat}
			for _, part := range []reward.Part{near.Part(), reward.AnswerSimilarity{Compat: compat}.Part(), reward.Thresholded{Threshold: 0.1, Similarity: near}.Part()} {
				pay, err := reward.Sum(e, part)
				require.True(t, err != nil || -1 <= pay && pay <= 1, "%s paid %v", part.Name, pay)
			}
			_, _ = reward.Agentless{Compat: compat}.Apply(e.Files, answer)
			_, _ = reward.Sum(reward.Evidence{Results: reward.ParsePytestSummary(answer), Expected: e.Files}, reward.R2E{Compat: compat}.Part())
		}
		e.OraclePatches = []string{patch}
		if pay, err := reward.Sum(e, reward.PatchSimilarity{}.Part()); err == nil {
			require.Equal(t, 1.0, pay, "a patch is like itself")
		}
	})
}

package reward_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/reward"
)

// TestUnreadablePatches are those that python-unidiff 0.7.5 refuses too; what is
// wrong is named with its line.
func TestUnreadablePatches(t *testing.T) {
	const header = "--- a/f\n+++ b/f\n"
	for patch, want := range map[string]string{
		"fixed it\n":                                                 "line 1: no file is changed",
		header + "@@ -1 +1 @@\n-a\n":                                 "line 4: the hunk is shorter",
		header + "@@ -1 +1 @@\n-a\n-b\n":                             "line 5: the hunk is longer",
		header + "@@ -1 +1 @@\n-a\n?b\n":                             `line 5: "?b\n" stands in a hunk`,
		header + "\\ No newline at end of file\n":                    "line 3: ",
		"diff --git a/f b/f\n+++ b/g\n":                              "line 2: +++ b/g without its --- line",
		"diff --git a/f b/f\nGIT binary patch\nliteral 0\n+++ b/f\n": "line 4: +++ b/f without its --- line",
		"@@ -1 +1 @@\n-a\n+b\n":                                      "line 1: a hunk of no file",
		"new file mode 100644\n":                                     "line 1: a file is made or deleted",
		"GIT binary patch\n":                                         "line 1: a binary patch of no file",
		header + "@@ -1 +99999999999999999999 @@\n":                  "line 3: a hunk header with the number",
	} {
		e := reward.Evidence{Patches: []string{patch}, OraclePatches: []string{patchA}}
		_, err := reward.PatchSimilarity{}.Files(e)
		require.ErrorAs(t, err, new(*reward.FormatError), "%q", patch)
		require.ErrorContains(t, err, "patch 0: "+want, "%q", patch)
		requirePay(t, -1, reward.PatchSimilarity{}.Part(), e, patch)
		requirePay(t, 0, reward.PatchSimilarity{Compat: true}.Part(), e, patch)
	}
}

func TestAgentlessSeesAnEditOnce(t *testing.T) {
	edit := "### a\n<<<<<<< SEARCH\nx\n=======\nxx\n>>>>>>> REPLACE\n"
	edited, err := reward.Agentless{}.Apply(map[string]string{"a": "x"}, "```python\n"+edit+edit+"```")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"a": "xx"}, edited)
}

// TestNamelessResults: a line of a summary without :: has no name, and R2E-Gym
// does not look at its status.
func TestNamelessResults(t *testing.T) {
	e := reward.Evidence{Results: reward.ParsePytestSummary("short test summary info\nERROR a.py\nPASSED a.py::b")}
	e.Expected = map[string]string{"": "PASSED", "b": "PASSED"}
	requirePay(t, 0, reward.R2E{}.Part(), e, "by default it counts")
	requirePay(t, 1, reward.R2E{Compat: true}.Part(), e, "hole")
}

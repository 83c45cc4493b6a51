package solve_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/solve"
)

// look searches everything that a solver can read and that is not the machine's
// own software for what stood only in the original: every file, every git object,
// every archive, the environment. (The brackets keep the search from finding
// itself.)
const look = `
git log --all --format='log %H %s'; git reflog; git stash list; git fsck --lost-found
cat .git/objects/info/alternates .git/packed-refs .git/logs/* .git/FETCH_HEAD 2>/dev/null
git cat-file --batch-all-objects --batch --buffer | strings
env; cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\0' '\n'; cat /proc/self/mounts
grep -rhas 'only in [t]he original' /work /home /root /files /tmp /var /etc /run /dev/shm /mnt /opt /srv
find /work /home /tmp -name '*.zip' -o -name '*.whl' -o -name '*.gz' | while read -r z; do python3 -c '
import sys, zipfile
for name in zipfile.ZipFile(sys.argv[1]).namelist(): print(zipfile.ZipFile(sys.argv[1]).read(name))' "$z"; done 2>/dev/null
find /work /home \( -name '*.pyc' -o -name '.coverage*' -o -name '*.orig' -o -name build -o -name htmlcov \) -printf 'leftover %p\n'
true`

// Attack 46: nothing of the original is left where a solver can look.
func TestSolverFindsNothing(t *testing.T) {
	for _, name := range []string{"go", "python"} {
		t.Run(name, func(t *testing.T) {
			g := play(t, name)
			found := g.looks(t, g.task(t, g.order()), look)
			require.NotContains(t, found, "only in the original")
			require.NotRegexp(t, "(?m)^leftover", found)
			require.Regexp(t, "^log [0-9a-f]{40} Initial commit\n[^\n]+ (tree|blob)", found, "one commit, no reflog, no stash")
			require.Len(t, regexp.MustCompile(`(?m)^[0-9a-f]{40} commit [0-9]+$`).FindAllString(found, -1), 1)
		})
	}
}

// The search does find it where it is: on the layer that the judge uses.
func TestTheSearchWorks(t *testing.T) {
	g := play(t, "go")
	order := g.order()
	order.Setup = g.installed.Whole
	require.Contains(t, g.looks(t, g.task(t, order), look), "only in the original", "the compiled tests hold it")
}

// A layer with a copy of a file that the bug changed is refused.
func TestLeakIsRefused(t *testing.T) {
	g := play(t, "python")
	order := g.order()
	order.Setup = g.installed.Whole
	_, err := solve.NewTask(t.Context(), order)
	var leak *solve.LeakError
	require.ErrorAs(t, err, &leak)
	require.ErrorContains(t, err, "can be read in /work/build/lib/calc/add.py as it was before the bug; the setup command must leave nothing")
}

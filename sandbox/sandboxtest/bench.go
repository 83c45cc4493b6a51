package sandboxtest

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// Benchmarks runs the measurements that the targets of docs/performance.md are
// about, against p:
//
//	new              a sandbox made and destroyed, at 1k, 10k and 100k files
//	command          true in a running sandbox
//	shell            true in a running shell
//	reset            at 1k, 10k and 100k files, after a command that wrote one
//	idle             200 sandboxes at once; memory of each, and time to make all
//	changes          of 20 files in 10k, and what git diff and git status take
//	suite            a suite's work inside and outside
//	cycles           made, used, destroyed; fails if anything is left on the host
//
// The trees of 100k files take long to make, and are left out by -short.
func Benchmarks(b *testing.B, p sandbox.Provider, o Options) {
	s := &suite{provider: p, options: o, require: o.Claims}
	sizes := []int{1_000, 10_000, 100_000}
	if testing.Short() {
		sizes = sizes[:2]
	}
	trees := map[int]*repo.Tree{}
	for _, n := range sizes {
		trees[n] = bigTree(b, n)
	}
	for _, n := range sizes {
		b.Run(fmt.Sprintf("new/%d", n), func(b *testing.B) { s.benchNew(b, trees[n]) })
		b.Run(fmt.Sprintf("reset/%d", n), func(b *testing.B) { s.benchReset(b, trees[n]) })
	}
	b.Run("command", s.benchCommand)
	b.Run("shell", s.benchShell)
	b.Run("idle", func(b *testing.B) { s.benchIdle(b, trees[1_000]) })
	b.Run("changes", func(b *testing.B) { s.benchChanges(b, trees[10_000]) })
	b.Run("suite", s.benchSuite)
	b.Run("cycles", func(b *testing.B) { s.benchCycles(b, trees[1_000]) })
}

// bigTree is a snapshot of n small files, a hundred to a folder.
func bigTree(b *testing.B, n int) *repo.Tree {
	files := make(map[string]repo.File, n)
	for i := range n {
		files[fmt.Sprintf("d%02d/d%03d/f%02d", i/10_000, i/100%100, i%100)] = regular(fmt.Sprintf("file %d\n%s", i, strings.Repeat("x\n", 200)))
	}
	return baseTree(b, files)
}

func (s *suite) new(b *testing.B, tree *repo.Tree) sandbox.Sandbox {
	box, err := s.provider.New(b.Context(), sandbox.Spec{Tree: tree, Require: s.require})
	require.NoError(b, err)
	return box
}

func (s *suite) benchNew(b *testing.B, tree *repo.Tree) {
	require.NoError(b, s.new(b, tree).Close())
	for b.Loop() {
		require.NoError(b, s.new(b, tree).Close())
	}
}

func (s *suite) benchReset(b *testing.B, tree *repo.Tree) {
	box := s.new(b, tree)
	defer box.Close()
	for b.Loop() {
		b.StopTimer()
		sh(b, box, "echo x > d00/d000/f00; rm -r d00/d001")
		b.StartTimer()
		require.NoError(b, box.Reset(b.Context()))
	}
}

func (s *suite) benchCommand(b *testing.B) {
	box := s.new(b, nil)
	defer box.Close()
	for b.Loop() {
		ok(b, box, "true")
	}
}

func (s *suite) benchShell(b *testing.B) {
	box := s.new(b, nil)
	defer box.Close()
	shell, err := box.Shell(b.Context())
	require.NoError(b, err)
	defer shell.Close()
	for b.Loop() {
		do(b, shell, "true")
	}
}

// benchIdle makes 200 sandboxes, all of them open, and reads what they hold.
func (s *suite) benchIdle(b *testing.B, tree *repo.Tree) {
	const n = 200
	for b.Loop() {
		available := memoryAvailable(b)
		own := known()
		boxes := make([]sandbox.Sandbox, n)
		var wg sync.WaitGroup
		limit := make(chan bool, 8)
		for i := range boxes {
			limit <- true
			wg.Go(func() { boxes[i] = s.new(b, tree); <-limit })
		}
		wg.Wait()
		for _, box := range boxes {
			ok(b, box, "true")
		}
		b.StopTimer()
		b.ReportMetric(float64(newPSS(own))/n, "pss-KiB/sandbox")
		b.ReportMetric(float64(available-memoryAvailable(b))/n, "available-KiB/sandbox")
		for _, box := range boxes {
			require.NoError(b, box.Close())
		}
		b.StartTimer()
	}
}

// known lists the processes there are.
func known() map[string]bool {
	paths, _ := filepath.Glob("/proc/[0-9]*")
	set := map[string]bool{}
	for _, path := range paths {
		set[path] = true
	}
	return set
}

// newPSS adds up the proportional set sizes, in KiB, of the processes that are
// new. Other programs' count, too: measure on an idle machine.
func newPSS(old map[string]bool) (kib int) {
	for path := range known() {
		if old[path] {
			continue
		}
		data, _ := os.ReadFile(path + "/smaps_rollup")
		kib += field(data, "Pss:")
	}
	return kib
}

func memoryAvailable(b *testing.B) int {
	data, err := os.ReadFile("/proc/meminfo")
	require.NoError(b, err)
	return field(data, "MemAvailable:")
}

// field reads the number after a name in one of the kernel's tables.
func field(data []byte, name string) int {
	for scanner := bufio.NewScanner(bytes.NewReader(data)); scanner.Scan(); {
		if fields := strings.Fields(scanner.Text()); len(fields) > 1 && fields[0] == name {
			n, _ := strconv.Atoi(fields[1])
			return n
		}
	}
	return 0
}

// benchChanges changes 20 files of a tree, and asks what changed: the sandbox,
// then git about a copy on the host with a fresh index.
func (s *suite) benchChanges(b *testing.B, tree *repo.Tree) {
	const edit = "for i in 0 1 2 3 4 5 6 7 8 9; do echo changed >> d00/d00$i/f0$i; rm d00/d01$i/f0$i; done"
	b.Run("sandbox", func(b *testing.B) {
		box := s.new(b, tree)
		defer box.Close()
		sh(b, box, edit)
		for b.Loop() {
			changes, err := box.Changes(b.Context())
			require.NoError(b, err)
			require.Len(b, changes, 20)
		}
	})
	if _, err := exec.LookPath("git"); err != nil {
		b.Log("git is not there to be measured:", err)
		return
	}
	dir := gitCopy(b, tree)
	shell := exec.Command("bash", "-c", edit)
	shell.Dir = dir
	require.NoError(b, shell.Run())
	for _, args := range [][]string{{"diff", "--name-status"}, {"status", "--porcelain"}} {
		b.Run("git "+args[0], func(b *testing.B) {
			for b.Loop() {
				require.Len(b, lines(git(b, dir, args...)), 20)
			}
		})
	}
}

// gitCopy is a git repository of a tree's files on the host.
func gitCopy(b *testing.B, tree *repo.Tree) string {
	dir := filepath.Join(b.TempDir(), "copy")
	require.NoError(b, os.CopyFS(dir, os.DirFS(tree.Dir())))
	unseal(dir)
	for path := range tree.Paths() {
		require.NoError(b, os.Chmod(filepath.Join(dir, path), 0o644))
	}
	git(b, dir, "init", "-q")
	git(b, dir, "add", "-A")
	git(b, dir, "-c", "user.name=b", "-c", "user.email=b@example.com", "commit", "-qm", "base")
	return dir
}

func git(b *testing.B, dir string, args ...string) string {
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "gc.auto=0"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	output, err := cmd.CombinedOutput()
	require.NoError(b, err, "%s", output)
	return string(output)
}

// suiteScript is like a test suite: many small processes, files, and arithmetic.
const suiteScript = `mkdir -p s && for i in {1..150}; do /bin/sh -c 'n=0; while [ $n -lt 3000 ]; do n=$((n+1)); done; echo $n' > s/$i; /bin/cat s/$i > s/$i.copy; done; /bin/rm -r s`

func (s *suite) benchSuite(b *testing.B) {
	b.Run("inside", func(b *testing.B) {
		box := s.new(b, nil)
		defer box.Close()
		for b.Loop() {
			sh(b, box, suiteScript)
		}
	})
	b.Run("outside", func(b *testing.B) {
		dir, err := os.MkdirTemp("/dev/shm", "suite") // what a sandbox writes is in memory, too
		require.NoError(b, err)
		defer os.RemoveAll(dir)
		for b.Loop() {
			cmd := exec.Command("bash", "-c", suiteScript)
			cmd.Dir = dir
			require.NoError(b, cmd.Run())
		}
	})
}

// benchCycles makes, uses and destroys; -benchtime=10000x is the long mode.
func (s *suite) benchCycles(b *testing.B, tree *repo.Tree) {
	require.NoError(b, s.new(b, tree).Close())
	before := s.hostNow(b)
	for b.Loop() {
		box := s.new(b, tree)
		sh(b, box, "echo x > new; sleep 1000 & setsid sleep 1000 & exit 0")
		_, err := box.Changes(b.Context())
		require.NoError(b, err)
		require.NoError(b, box.Reset(b.Context()))
		require.NoError(b, box.Close())
	}
	b.StopTimer()
	s.sameHost(b, before)
}

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/store"
)

// A table is where plays on the module calc are played, those of the scripts
// too: one cache for all, so that what its tests need is installed once, and a
// play takes a few seconds.
type table struct {
	*testing.T
	dir string
}

// tableDir is the folder of the tables, when there is one.
var tableDir string

var calc = sync.OnceValues(func() (string, error) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "script", "play", "play.txtar"))
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "ssr-play-")
	tableDir = dir
	for _, file := range archive.Files {
		path := filepath.Join(dir, file.Name)
		err = errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, file.Data, 0o644))
	}
	return dir, err
})

func newTable(t *testing.T) *table {
	if testing.Short() {
		t.Skip("-short: plays for half a minute")
	}
	machine.Provider(t)
	dir, err := calc()
	require.NoError(t, err)
	return &table{t, dir}
}

// command is a play of so many rounds, kept in a file.
func (t *table) command(file string, rounds int) *exec.Cmd {
	args := []string{"play", "--repo", "calc", "--rounds", fmt.Sprint(rounds), "--attempts", "4", "--budget", "8", "--strategy", "mutation",
		"--parallel", "2", "--cache", filepath.Join(".cache", "ssr"), "--store", file, "--json"}
	cmd := exec.Command("ssr", args...)
	cmd.Dir = t.dir
	return cmd
}

// run runs a play to its end, and returns what it wrote and its exit status.
func (t *table) run(cmd *exec.Cmd) (stdout, stderr string, status int) {
	return t.runUntil(cmd, "", nil)
}

// runUntil is run, with something that happens when the log has some words.
func (t *table) runUntil(cmd *exec.Cmd, words string, then func(*os.Process)) (stdout, stderr string, status int) {
	var out bytes.Buffer
	log := &listener{words: words, heard: func() { then(cmd.Process) }}
	cmd.Stdout, cmd.Stderr = &out, log
	cmd.WaitDelay = time.Minute // or whatever outlives the program, with its output in hand, is waited for
	require.NoError(t, cmd.Start())
	stuck := time.AfterFunc(4*time.Minute, func() { cmd.Process.Signal(syscall.SIGQUIT) }) // its stacks say where
	defer stuck.Stop()
	if err := cmd.Wait(); err != nil {
		_, ok := errors.AsType[*exec.ExitError](err)
		require.True(t, ok, "%v", err)
	}
	if words != "" {
		require.Contains(t, log.text.String(), words)
	}
	return out.String(), log.text.String(), cmd.ProcessState.ExitCode()
}

// A listener does something when it hears words for the first time.
type listener struct {
	text  bytes.Buffer
	words string
	heard func()
}

func (l *listener) Write(p []byte) (int, error) {
	before := l.words == "" || strings.Contains(l.text.String(), l.words)
	n, err := l.text.Write(p)
	if !before && strings.Contains(l.text.String(), l.words) {
		l.heard()
	}
	return n, err
}

// dump is the content of a store.
func (t *table) dump(file string) string {
	kept, err := store.Open(file, store.Options{ReadOnly: true})
	require.NoError(t, err)
	defer kept.Close()
	var text strings.Builder
	require.NoError(t, kept.Dump(t.Context(), &text))
	return text.String()
}

// quiet is the content of a play that was left alone, a line for its configuration
// and one for each round.
var quiet struct {
	sync.Once
	content string
}

// quiet is that of so many rounds.
func (t *table) quiet(n int) string {
	quiet.Do(func() {
		file := filepath.Join(t.dir, "quiet.db")
		stdout, stderr, status := t.run(t.command(file, 2))
		require.Zero(t, status, stderr)
		require.Len(t, rounds(stdout), 2)
		require.Equal(t, 2, strings.Count(stdout, "\n"), "a line for each round and nothing else")
		quiet.content = t.dump(file)
	})
	require.NotEmpty(t, quiet.content, "the quiet play failed in another test")
	return strings.Join(slices.Collect(strings.Lines(quiet.content))[:1+n], "")
}

// rounds reads the rounds that a play wrote; the last line may be cut off.
func rounds(stdout string) map[int]string {
	told := map[int]string{}
	for line := range strings.Lines(stdout) {
		var r selfplay.Round
		if json.Unmarshal([]byte(line), &r) == nil {
			told[r.Index] = line
		}
	}
	return told
}

// Killed at any moment and started again, a play comes to the content of one that
// was left alone, and every round that was written is written again as it was,
// with what it cost: so it was not played twice.
func TestPlayKilled(t *testing.T) {
	table := newTable(t)
	want := table.quiet(2)
	file := filepath.Join(t.TempDir(), "play.db")
	told, kills := map[int]string{}, 0
	for {
		stdout, stderr, status := table.run(killed(t, table.command(file, 2), time.Duration(rand.IntN(2000*(kills+1)))*time.Millisecond))
		for index, line := range rounds(stdout) {
			if before, ok := told[index]; ok {
				require.Equal(t, before, line)
			}
			told[index] = line
		}
		if status == 0 {
			break
		}
		require.Equal(t, -1, status, stderr)
		kills++
	}
	t.Logf("killed %d times", kills)
	require.Equal(t, want, table.dump(file))
	require.Len(t, told, 2)
}

// killed has a command killed some time after it was started.
func killed(t *testing.T, cmd *exec.Cmd, after time.Duration) *exec.Cmd {
	timer := time.AfterFunc(after, func() {
		if cmd.Process != nil {
			cmd.Process.Kill()
		}
	})
	t.Cleanup(func() { timer.Stop() })
	return cmd
}

// Ctrl-C once finishes the rounds that have begun, and plays no other.
func TestPlayInterruptedOnce(t *testing.T) {
	table := newTable(t)
	file := filepath.Join(t.TempDir(), "play.db")
	stdout, stderr, status := table.runUntil(table.command(file, 50), "round 1, verify", interrupt)
	require.Equal(t, statusInterrupted, status, stderr)
	require.Contains(t, stderr, "finishing the rounds that have begun; Ctrl-C again stops at once")
	require.True(t, strings.HasSuffix(stderr, "ssr: stopped; the same command goes on\n"), stderr)
	played := len(rounds(stdout))
	require.Positive(t, played)
	require.LessOrEqual(t, played, 3, "two were begun, and perhaps a third")
}

func interrupt(process *os.Process) { process.Signal(os.Interrupt) }

// Ctrl-C twice stops at once, and leaves nothing running; what was done is kept.
func TestPlayInterruptedTwice(t *testing.T) {
	table := newTable(t)
	want := table.quiet(1)
	require.NoError(t, unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "orphans become children of this process")
	file := filepath.Join(t.TempDir(), "play.db")
	stdout, stderr, status := table.runUntil(table.command(file, 1), "round 1, attempt 1", func(process *os.Process) {
		interrupt(process)
		time.AfterFunc(100*time.Millisecond, func() { interrupt(process) })
	})
	require.Equal(t, statusInterrupted, status, stderr)
	require.True(t, strings.HasSuffix(stderr, "ssr: stopped; the same command goes on\n"), stderr)
	require.Empty(t, rounds(stdout))
	require.Empty(t, orphans(t), "processes that outlived the program")
	_, stderr, status = table.run(table.command(file, 1))
	require.Zero(t, status, stderr)
	require.NotContains(t, stderr, "round 1, inject", "it was done")
	require.Equal(t, want, table.dump(file))
}

// Two plays side by side in one cache disturb each other in nothing; two of one
// store are refused.
func TestPlaysSideBySide(t *testing.T) {
	table := newTable(t)
	want := table.quiet(1)
	first, second := filepath.Join(t.TempDir(), "first.db"), filepath.Join(t.TempDir(), "second.db")
	_, stderr, status := table.runUntil(table.command(first, 1), "round 1, inject", func(*os.Process) {
		_, stderr, status := table.run(table.command(first, 1))
		require.Equal(t, statusUsage, status)
		require.Regexp(t, `first.db: process [0-9]+ plays on it: wait until that ends, or name another file\n$`, stderr)
		_, stderr, status = table.run(table.command(second, 1))
		require.Zero(t, status, stderr)
	})
	require.Zero(t, status, stderr)
	require.Equal(t, want, table.dump(first))
	require.Equal(t, want, table.dump(second))
}

// A play whose disk is full says so and loses nothing that it wrote: with more
// room it goes on.
func TestPlayOnAFullDisk(t *testing.T) {
	table := newTable(t)
	want := table.quiet(1)
	disk, grow := machine.SmallDisk(t, 200<<10)
	file := filepath.Join(disk, "play.db")
	told, stops := map[int]string{}, 0
	for ; ; stops++ {
		stdout, stderr, status := table.run(table.command(file, 1))
		now := rounds(stdout)
		for index := range told {
			require.Equal(t, told[index], now[index])
		}
		if told = now; status == 0 {
			break
		}
		require.Equal(t, statusMachine, status, stderr)
		require.Contains(t, stderr, "the disk that holds "+disk+" is full: free some space and run the same command again, it goes on where it was")
		grow(100 << 10)
	}
	require.Greater(t, stops, 1)
	require.Equal(t, want, table.dump(file))
}

// A cache whose disk is full ends a play with the same sentence; its repository
// is not left out.
func TestPlayWithAFullCache(t *testing.T) {
	table := newTable(t)
	disk, _ := machine.SmallDisk(t, 16<<10)
	cmd := table.command(filepath.Join(t.TempDir(), "play.db"), 1)
	cmd.Args = append(cmd.Args, "--cache", disk)
	_, stderr, status := table.run(cmd)
	require.Equal(t, statusMachine, status, stderr)
	require.Regexp(t, "the disk that holds "+disk+".* is full: free some space and run the same command again, it goes on where it was", stderr)
	require.NotContains(t, stderr, "left out")
}

// Once its snapshot is in the cache a repository is played on without a network.
func TestPlayWithoutNetwork(t *testing.T) {
	table := newTable(t)
	want := table.quiet(1)
	if err := exec.Command("unshare", "-n", "true").Run(); err != nil {
		t.Skipf("unshare -n takes the network away, and cannot here: %v", err)
	}
	file := filepath.Join(t.TempDir(), "play.db")
	cmd := table.command(file, 1)
	cmd.Args = append([]string{"unshare", "-n"}, cmd.Args...)
	cmd.Path, _ = exec.LookPath("unshare")
	_, stderr, status := table.run(cmd)
	require.Zero(t, status, stderr)
	require.Equal(t, want, table.dump(file))
}

// Where the network would be needed, a play says what did not answer.
func TestPlayOfWhatIsNotThere(t *testing.T) {
	machine.Provider(t)
	cmd := exec.Command("ssr", "play", "--repo", "module:example.com/far@v1.0.0", "--store", "play.db", "--cache", "cache")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "GOPROXY=http://127.0.0.1:1", "GOFLAGS=-modcacherw", "GOMODCACHE="+filepath.Join(cmd.Dir, "modules"))
	var log bytes.Buffer
	cmd.Stderr = &log
	cmd.Run()
	require.Equal(t, statusMachine, cmd.ProcessState.ExitCode(), log.String())
	require.Contains(t, log.String(), "open module:example.com/far@v1.0.0: ")
	require.Contains(t, log.String(), "127.0.0.1:1")
}

// An ordinary user plays as root does.
func TestPlayAsAnOrdinaryUser(t *testing.T) {
	table := newTable(t)
	want := table.quiet(1)
	if os.Getuid() != 0 {
		t.Skip("only root can become somebody else; the other tests were an ordinary user's")
	}
	const nobody = 65534
	home, err := os.MkdirTemp("", "ssr-nobody-")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(home) })
	program, err := exec.LookPath("ssr")
	require.NoError(t, err)
	for _, copied := range [][2]string{{program, "ssr"}, {filepath.Join(table.dir, "calc"), "calc"}} {
		require.NoError(t, exec.Command("cp", "-RL", copied[0], filepath.Join(home, copied[1])).Run())
	}
	require.NoError(t, exec.Command("chown", "-R", strconv.Itoa(nobody), home).Run())
	cmd := table.command(filepath.Join(home, "play.db"), 1)
	cmd.Path, cmd.Dir = filepath.Join(home, "ssr"), home
	cmd.Env = append(os.Environ(), "HOME="+home)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	_, stderr, status := table.run(cmd)
	if strings.Contains(stderr, "guarantee") && status == statusMachine {
		t.Skipf("this machine gives an ordinary user no sandbox: %s", stderr)
	}
	require.Zero(t, status, stderr)
	require.Equal(t, want, table.dump(filepath.Join(home, "play.db")))
}

// orphans lists the processes that live and are children of this one.
func orphans(t *testing.T) (list []string) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // state, parent, …
		if err == nil && fields[0] != "Z" && fields[1] == strconv.Itoa(os.Getpid()) {
			list = append(list, string(text))
		}
	}
	return list
}

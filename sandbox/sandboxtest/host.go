package sandboxtest

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A host is what must be the same after the suite as before it.
type host struct {
	Mounts      int
	Children    int
	Descriptors int
	Cgroups     int
	Folders     map[string]int
}

func (s *suite) hostNow(t testing.TB) host {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)
	h := host{
		Mounts:      bytes.Count(mounts, []byte("\n")) - bytes.Count(mounts, []byte(" ssr-test-disk ")), // which tests beside this one mount
		Children:    children(t),
		Descriptors: entries("/proc/self/fd"),
		Cgroups:     cgroups(os.Getpid()),
		Folders:     map[string]int{},
	}
	for _, dir := range s.options.Folders {
		h.Folders[dir] = entries(dir)
	}
	return h
}

// sameHost fails when something is left. What the kernel takes away a moment
// later is waited for.
func (s *suite) sameHost(t testing.TB, before host) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		now := s.hostNow(t)
		assert.LessOrEqual(c, now.Mounts, before.Mounts, "mounts")
		assert.LessOrEqual(c, now.Children, before.Children, "child processes")
		assert.LessOrEqual(c, now.Descriptors, before.Descriptors, "descriptors")
		assert.LessOrEqual(c, now.Cgroups, before.Cgroups, "cgroups")
		assert.Equal(c, before.Folders, now.Folders, "folders")
	}, 10*time.Second, 50*time.Millisecond, "something is left on the host")
}

// children counts the processes whose parent is this one.
func children(t testing.TB) int {
	n := 0
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it ended
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) {
			n++
		}
	}
	return n
}

func entries(dir string) int {
	list, _ := os.ReadDir(dir)
	return len(list)
}

// cgroups counts the groups with a process's number in their name, as in
// "ssr-123-4", so that those of another test at the same time do not count.
func cgroups(process int) int {
	n := 0
	pid := fmt.Sprintf("-%d-", process)
	filepath.WalkDir("/sys/fs/cgroup", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.Contains(entry.Name(), pid) {
			n++
		}
		return nil
	})
	return n
}

// newMark is a word that no other process has among its arguments.
func newMark() string { return "mark-" + rand.Text() }

// survivors lists processes of the host that carry a mark, and are not dead.
func survivors(t testing.TB, mark string) []string {
	t.Helper()
	var alive []string
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	for _, path := range paths {
		line, err := os.ReadFile(path)
		if err == nil && bytes.Contains(line, []byte(mark)) {
			alive = append(alive, path+": "+string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})))
		}
	}
	return alive
}

// folderHash is a description of every file in dir, to compare. It counts
// times, too: nobody may even touch a base.
func folderHash(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		var content []byte
		switch {
		case info.Mode().IsRegular():
			content, err = os.ReadFile(path)
		case info.Mode()&fs.ModeSymlink != 0:
			var target string
			target, err = os.Readlink(path)
			content = []byte(target)
		}
		all[path] = info.Mode().String() + " " + info.ModTime().Format(time.RFC3339Nano) + " " + string(content)
		return err
	}))
	return all
}

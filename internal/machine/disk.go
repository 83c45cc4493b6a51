package machine

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// diskName is what the list of mounts calls a small disk, so that other tests,
// which look for mounts that are left, pass over it.
const diskName = "ssr-test-disk"

// Mounts lists what is mounted on this machine, but for small disks of tests that
// run beside this one.
func Mounts(t testing.TB) (list []string) {
	t.Helper()
	data, err := os.ReadFile("/proc/self/mounts")
	require.NoError(t, err)
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(line, diskName+" ") {
			list = append(list, line)
		}
	}
	return list
}

// SmallDisk returns a folder on a disk of its own, of so many bytes, and what
// makes that larger. It skips the test where the user may not mount one.
func SmallDisk(t testing.TB, size int) (dir string, grow func(by int)) {
	t.Helper()
	dir = t.TempDir()
	mount := func(flags uintptr) error { return unix.Mount(diskName, dir, "tmpfs", flags, fmt.Sprint("size=", size)) }
	if err := mount(0); err != nil {
		t.Skipf("a small disk is a tmpfs, which this user may not mount: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, unix.Unmount(dir, unix.MNT_DETACH)) })
	return dir, func(by int) { size += by; require.NoError(t, mount(unix.MS_REMOUNT)) }
}

package machine

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// SmallDisk returns a folder on a disk of its own, of so many bytes, and what
// makes that larger. It skips the test where the user may not mount one.
func SmallDisk(t testing.TB, size int) (dir string, grow func(by int)) {
	t.Helper()
	dir = t.TempDir()
	mount := func(flags uintptr) error { return unix.Mount("tmpfs", dir, "tmpfs", flags, fmt.Sprint("size=", size)) }
	if err := mount(0); err != nil {
		t.Skipf("a small disk is a tmpfs, which this user may not mount: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, unix.Unmount(dir, unix.MNT_DETACH)) })
	return dir, func(by int) { size += by; require.NoError(t, mount(unix.MS_REMOUNT)) }
}

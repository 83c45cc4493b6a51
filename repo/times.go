package repo

import (
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// baseTime is the time every file and folder of a snapshot has changed last:
// 2001-01-01T00:00:00Z. One time for all means that the build tools which go by
// time (make, Python's .pyc, cargo) find what was built in the setup layer
// fresh in every later sandbox, and that where a snapshot was unpacked and when
// says nothing to those inside. Files that a tree changes get a later one:
// [FileTime].
const baseTime = 978307200

func setFileTime(f *os.File) error {
	at := []unix.Timeval{{Sec: baseTime}, {Sec: baseTime}}
	return os.NewSyscallError("futimes", unix.Futimes(int(f.Fd()), at))
}

// setTimes sets the times of folders and symlinks, which later files changed.
func (b *builder) setTimes() error {
	for _, e := range b.entries {
		if e.mode != Symlink {
			continue
		}
		if err := b.setLinkTime(e.path); err != nil {
			return err
		}
	}
	for name, folder := range b.folders {
		if !folder {
			continue
		}
		if err := b.setLinkTime(name); err != nil {
			return err
		}
	}
	return nil
}

// setLinkTime sets the time of what name names, a symlink itself.
func (b *builder) setLinkTime(name string) error {
	dir, err := b.root.Open(path.Dir(name))
	if err != nil {
		return err
	}
	defer dir.Close()
	at := []unix.Timespec{{Sec: baseTime}, {Sec: baseTime}}
	return os.NewSyscallError("utimensat", unix.UtimesNanoAt(int(dir.Fd()), path.Base(name), at, unix.AT_SYMLINK_NOFOLLOW))
}

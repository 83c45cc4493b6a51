package repo

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncFilesystem brings everything written to dir's file system to the disk:
// one call for ten thousand files.
func syncFilesystem(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return os.NewSyscallError("syncfs", unix.Syncfs(int(f.Fd())))
}

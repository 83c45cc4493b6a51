//go:build !linux

package repo

import "golang.org/x/sys/unix"

// syncFilesystem brings everything written to the disk.
func syncFilesystem(string) error {
	unix.Sync()
	return nil
}

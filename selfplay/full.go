package selfplay

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/selfplay-swe/ssr/work"
)

// A FullError says that a disk of this machine is full, the archive's or the
// cache's. It ends a play at once, since every other round would be lost to it,
// too. What was announced is not lost.
type FullError struct {
	Folder string // what is on it; "": unknown
	Err    error
}

func (e *FullError) Error() string {
	disk := "a disk"
	if e.Folder != "" {
		disk = "the disk that holds " + e.Folder
	}
	return fmt.Sprintf("%s is full: free some space and run the same command again, it goes on where it was: %v", disk, e.Err)
}

func (e *FullError) Unwrap() error { return e.Err }

// full turns the error of a file that could not be written for want of room, or
// of quota, into a [*FullError] that no step survives. Any other stays as it is:
// a sandbox whose own disk is full is a class of a Result and no error, and the
// kernel also has no space for namespaces (clone(2)), of which no file is told.
func full(err error) error {
	if isFull(err) || !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return err
	}
	path, ok := unwritten(err)
	if !ok {
		return err
	}
	said := &FullError{Err: err}
	if filepath.IsAbs(path) {
		said.Folder = filepath.Dir(path)
	}
	return work.Fatal(said)
}

func isFull(err error) bool {
	_, ok := errors.AsType[*FullError](err)
	return ok
}

// unwritten is the file that an error is about.
func unwritten(err error) (path string, ok bool) {
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		return file.Path, file.Op != "fork/exec"
	}
	if link, ok := errors.AsType[*os.LinkError](err); ok {
		return link.New, true
	}
	return "", false
}

package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// application marks a SQLite file as a store: "SSRs", at the place that SQLite's
// file format (section 1.3.13) has for that.
const application = 0x53535273

var (
	errNoStore  = errors.New("there is none")
	errNotStore = errors.New("it is something else and no store of ssr: name another file")
)

// checkFile refuses what is no store, without touching it. An empty file is one
// whose making was interrupted.
func checkFile(path string, readOnly bool) error {
	header, err := readHeader(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && readOnly:
		return errNoStore
	case errors.Is(err, fs.ErrNotExist):
		return checkFolder(filepath.Dir(path))
	case err != nil:
		return err
	case len(header) == 0 && readOnly:
		return errNoStore
	case len(header) == 0:
		return nil
	case len(header) < 72 || !bytes.HasPrefix(header, []byte("SQLite format 3\x00")):
		return errNotStore
	case binary.BigEndian.Uint32(header[68:]) != application:
		return errNotStore
	}
	return nil
}

// readHeader reads the beginning of a regular file. It does not wait for the
// other end of a pipe.
func readHeader(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotStore
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	header := make([]byte, 100)
	n, err := io.ReadFull(f, header)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return header[:n], err
}

func checkFolder(dir string) error {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", dir)
	}
	return err
}

// denied says what would be right where the system does not let a player write.
func denied(err error, readOnly bool) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	protected := ok && e.Code()&0xff == sqlite3.SQLITE_READONLY || errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS)
	if readOnly || !protected {
		return err
	}
	return fmt.Errorf("%w: name a file that you may write, in a folder that you may write to", err)
}

// A BusyError says that a store is being played by another process.
type BusyError struct {
	Process int // 0: unknown
}

func (e *BusyError) Error() string {
	who := "another process"
	if e.Process > 0 {
		who = fmt.Sprintf("process %d", e.Process)
	}
	return who + " plays on it: wait until that ends, or name another file"
}

// lock takes the lock that a player holds. It is flock's, which the kernel gives
// back when a process dies; on a file of its own, since SQLite has locks of
// another kind on the store, which closing any descriptor of it would drop.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, &BusyError{holder(f)}
		}
		return nil, fmt.Errorf("lock %s.lock: %w", path, err)
	}
	if there, err := os.Stat(f.Name()); err != nil || !same(f, there) {
		f.Close()
		return nil, &BusyError{} // it was just removed, with its store
	}
	if err := f.Truncate(0); err == nil {
		fmt.Fprintln(f, os.Getpid()) // for the sentence above: nothing rests on it
	}
	return f, nil
}

func same(f *os.File, there os.FileInfo) bool {
	info, err := f.Stat()
	return err == nil && os.SameFile(info, there)
}

func holder(f *os.File) int {
	text := make([]byte, 20)
	n, _ := f.ReadAt(text, 0)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text[:n])))
	return pid
}

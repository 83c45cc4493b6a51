package store

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// unfinished begins the names of files that are being written.
const unfinished = "new-"

// openBlobs opens the folder of blobs. A player makes it, and sweeps what an
// interrupted one was writing.
func (s *Store) openBlobs(readOnly bool) (err error) {
	if s.packer, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
		return err
	}
	if s.opener, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxBlob)); err != nil {
		return err
	}
	dir := s.path + ".blobs"
	if !readOnly {
		if err := os.Mkdir(dir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := syncFolder(filepath.Dir(dir)); err != nil {
			return err
		}
	}
	s.blobs, err = os.OpenRoot(dir)
	switch {
	case readOnly && errors.Is(err, fs.ErrNotExist):
		s.blobs = nil
		return nil
	case readOnly || err != nil:
		return err
	}
	return s.sweep()
}

func (s *Store) sweep() error {
	entries, err := fs.ReadDir(s.blobs.FS(), ".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), unfinished) {
			err = errors.Join(err, s.blobs.Remove(entry.Name()))
		}
	}
	return err
}

// writeFile makes a file durable under its name, whole or not at all.
func (s *Store) writeFile(name string, content []byte) error {
	temporary := unfinished + rand.Text()
	err := s.writeSynced(temporary, content)
	if err == nil {
		err = s.blobs.Rename(temporary, name)
	}
	if err != nil {
		return errors.Join(err, s.removed(temporary))
	}
	return syncFolder(s.path + ".blobs")
}

func (s *Store) writeSynced(name string, content []byte) error {
	f, err := s.blobs.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// removed removes a file that may not be there.
func (s *Store) removed(name string) error {
	if err := s.blobs.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/selfplay-swe/ssr/selfplay"
)

// small is the most bytes, compressed, of a blob that is a row.
const small = 64 << 10

// maxBlob bounds what a damaged blob may unpack to.
const maxBlob = 1 << 30

// Put keeps a blob. One that is there, and whole, is not written again.
func (s *Store) Put(ctx context.Context, blob []byte) (selfplay.Ref, error) {
	ref := refOf(blob)
	if len(blob) > maxBlob {
		return "", fmt.Errorf("store: put blob: it has %d bytes; the most is %d", len(blob), maxBlob)
	}
	if _, err := s.read(ctx, ref); err == nil {
		return ref, nil
	}
	if err := s.put(ctx, ref, s.packer.EncodeAll(blob, nil)); err != nil {
		return "", fmt.Errorf("store: put blob: %w", s.full(err))
	}
	return ref, nil
}

func (s *Store) put(ctx context.Context, ref selfplay.Ref, packed []byte) error {
	if len(packed) > small {
		return s.writeFile(fileOf(ref), packed)
	}
	_, err := s.db.ExecContext(ctx, "INSERT OR REPLACE INTO blobs (ref, zstd) VALUES (?, ?)", ref, packed)
	return err
}

// Blob reads a blob. It is an error that is [fs.ErrNotExist] if there is none.
func (s *Store) Blob(ctx context.Context, ref selfplay.Ref) ([]byte, error) {
	blob, err := s.read(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("store: blob %q: %w", ref, err)
	}
	return blob, nil
}

var errDamaged = errors.New("it is damaged: what is stored is not what its name says")

func (s *Store) read(ctx context.Context, ref selfplay.Ref) ([]byte, error) {
	packed, err := s.packed(ctx, ref)
	if err != nil {
		return nil, err
	}
	blob, err := s.opener.DecodeAll(packed, nil)
	if err != nil || refOf(blob) != ref {
		return nil, errDamaged
	}
	return blob, nil
}

// packed finds a blob, in its row or in its file.
func (s *Store) packed(ctx context.Context, ref selfplay.Ref) (packed []byte, err error) {
	if !isRef(ref) {
		return nil, fmt.Errorf("it is no name of a blob: that is %q and 64 hexadecimal digits", algorithm)
	}
	err = s.db.QueryRowContext(ctx, "SELECT zstd FROM blobs WHERE ref = ?", ref).Scan(&packed)
	if !errors.Is(err, sql.ErrNoRows) {
		return packed, err
	}
	if s.blobs == nil {
		return nil, fs.ErrNotExist
	}
	return s.blobs.ReadFile(fileOf(ref))
}

const algorithm = "sha256:"

func refOf(blob []byte) selfplay.Ref {
	sum := sha256.Sum256(blob)
	return selfplay.Ref(algorithm + hex.EncodeToString(sum[:]))
}

// isRef keeps names apart that could lead out of the folder of blobs.
func isRef(ref selfplay.Ref) bool {
	digits, ok := strings.CutPrefix(string(ref), algorithm)
	sum, err := hex.DecodeString(digits)
	return ok && err == nil && len(sum) == sha256.Size && digits == strings.ToLower(digits)
}

func fileOf(ref selfplay.Ref) string {
	return strings.TrimPrefix(string(ref), algorithm) + ".zst"
}

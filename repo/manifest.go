package repo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// An entry is one file of a snapshot.
type entry struct {
	path string
	mode Mode
	size int64
	blob [20]byte // the hash git gives the content: SHA-1
	sum  [32]byte // SHA-256 of the content
}

// The manifest is what a snapshot's key is the SHA-256 of, so a manifest that
// was written to is found out when it is loaded. It names content by SHA-256,
// because players can craft two files of one SHA-1; git's hash is there to save
// hashing when a history is stripped.
//
// It starts with manifestHeader; every file follows, sorted by path, as mode,
// size, SHA-1, SHA-256 and path, separated by spaces and ended by a NUL byte,
// since a path may hold every other one.
const manifestHeader = "ssr manifest 1\n"

func encodeManifest(entries []entry) []byte {
	out := make([]byte, 0, len(manifestHeader)+160*len(entries))
	out = append(out, manifestHeader...)
	for i := range entries {
		e := &entries[i]
		out = strconv.AppendUint(out, uint64(e.mode), 8)
		out = append(out, ' ')
		out = strconv.AppendInt(out, e.size, 10)
		out = append(out, ' ')
		out = hex.AppendEncode(out, e.blob[:])
		out = append(out, ' ')
		out = hex.AppendEncode(out, e.sum[:])
		out = append(out, ' ')
		out = append(out, e.path...)
		out = append(out, 0)
	}
	return out
}

func keyOf(manifest []byte) string {
	sum := sha256.Sum256(manifest)
	return hex.EncodeToString(sum[:])
}

func loadManifest(name, key string) ([]entry, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if keyOf(data) != key {
		return nil, fmt.Errorf("read %s: it was changed since it was written: remove its folder and open the source again", name)
	}
	entries, err := decodeManifest(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return entries, nil
}

// decodeManifest reads a manifest whose hash is right. All paths share one
// string.
func decodeManifest(data []byte) ([]entry, error) {
	rest, ok := strings.CutPrefix(string(data), manifestHeader)
	if !ok {
		return nil, fmt.Errorf("not %q: another version of ssr made this snapshot", strings.TrimSpace(manifestHeader))
	}
	entries := make([]entry, 0, bytes.Count(data, []byte{0}))
	for rest != "" {
		line, after, ok := strings.Cut(rest, "\x00")
		if !ok {
			return nil, errors.New("the last entry has no end")
		}
		e, err := decodeEntry(line)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", len(entries)+1, err)
		}
		entries, rest = append(entries, e), after
	}
	return entries, nil
}

func decodeEntry(line string) (e entry, err error) {
	mode, line, _ := strings.Cut(line, " ")
	size, line, _ := strings.Cut(line, " ")
	blob, line, _ := strings.Cut(line, " ")
	sum, path, _ := strings.Cut(line, " ")
	octal, err := strconv.ParseUint(mode, 8, 32)
	if err != nil {
		return e, err
	}
	e.path, e.mode = path, Mode(octal)
	if e.size, err = strconv.ParseInt(size, 10, 64); err != nil {
		return e, err
	}
	if err := decodeHash(e.blob[:], blob); err != nil {
		return e, err
	}
	return e, decodeHash(e.sum[:], sum)
}

func decodeHash(hash []byte, text string) error {
	if len(text) != 2*len(hash) {
		return fmt.Errorf("%q is no hash of %d bytes", text, len(hash))
	}
	_, err := hex.Decode(hash, []byte(text))
	return err
}

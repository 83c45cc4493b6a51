package bug

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"io"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// A binaryChange is what stands for the hunks of a binary file.
type binaryChange struct {
	line     int
	old, new string // object ids of the contents, in full
	forward  *gitdiff.BinaryFragment
	backward *gitdiff.BinaryFragment // may be nil
}

func (b *binaryChange) reversed() *binaryChange {
	return &binaryChange{b.line, b.new, b.old, b.backward, b.forward}
}

// binary reads the binary hunks that follow h. Where they end is decided here;
// go-gitdiff is given them under a header of our own, and so reads no name of
// the player's.
func (s *scanner) binary(h *header) (*binaryChange, error) {
	b := &binaryChange{line: s.line}
	if h.index == nil || len(h.index.old) != 40 || len(h.index.new) != 40 {
		return nil, problem(s.line, "make the diff with git diff --binary", "a binary change needs an index line with both full SHA-1 ids")
	}
	b.old, b.new = h.index.old, h.index.new
	start := s.rest
	s.take()
	for n := 0; n < 2 && (s.at("literal ") || s.at("delta ")); n++ {
		for len(s.rest) > 0 && s.take() != "" {
		}
	}
	files, _, err := gitdiff.Parse(io.MultiReader(
		strings.NewReader("diff --git a/file b/file\n"),
		bytes.NewReader(start[:len(start)-len(s.rest)])))
	if err != nil || len(files) != 1 || files[0].BinaryFragment == nil {
		return nil, problem(b.line, "make the diff with git diff --binary", "the binary change cannot be read: %v", err)
	}
	b.forward, b.backward = files[0].BinaryFragment, files[0].ReverseBinaryFragment
	return b, s.unpacks(b)
}

// unpacks checks that both fragments unpack to as many bytes as they say.
func (s *scanner) unpacks(b *binaryChange) error {
	for _, f := range []*gitdiff.BinaryFragment{b.forward, b.backward} {
		if f == nil {
			continue
		}
		if s.unpack -= f.Size; s.unpack < 0 {
			return problem(b.line, "", "the binary changes unpack to more bytes than are allowed")
		}
		if _, err := io.Copy(io.Discard, f.Data()); err != nil {
			return problem(b.line, "make the diff with git diff --binary", "the binary change cannot be unpacked: %v", err)
		}
	}
	return nil
}

// apply changes data, and holds the bytes before and after against the ids of
// the index line, as git does.
func (b *binaryChange) apply(p part, data []byte, limit int64) ([]byte, error) {
	failed := &ApplyError{Line: b.line, Path: p.path()}
	if id := blobID(data); p.old.path != "" && id != b.old {
		failed.Problem, failed.Want, failed.Got = "the binary file differs", "blob "+b.old, "blob "+id
		return nil, failed
	}
	if p.new.path == "" {
		return nil, nil // all of it is known, and deleted
	}
	if b.forward == nil {
		failed.Problem = "the binary change cannot be undone: the diff has no bytes for it"
		return nil, failed
	}
	var out bytes.Buffer
	applier := gitdiff.NewBinaryApplier(&out, bytes.NewReader(data), gitdiff.WithMaxBinaryFragmentBytes(limit))
	if err := applier.ApplyFragment(b.forward); err != nil {
		failed.Problem = "the binary change cannot be made: " + err.Error()
		return nil, failed
	}
	if id := blobID(out.Bytes()); id != b.new {
		failed.Problem = fmt.Sprintf("the binary change cannot be right: it makes blob %s, and its index line says %s", id, b.new)
		return nil, failed
	}
	return out.Bytes(), nil
}

// blobID is git's name of the content.
func blobID(data []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(data))
	h.Write(data)
	return fmt.Sprintf("%x", h.Sum(nil))
}

package bug

import (
	"fmt"

	"github.com/selfplay-swe/ssr/repo"
)

// A Patch is a git diff. A copy with fewer Entries is the patch without the
// others; apart from that, whoever holds a Patch must not change it.
type Patch struct {
	Raw     []byte   // as it was given
	Entries []*Entry // in the order of the diff; no two touch one path
	Name    string   // what errors call the diff, such as "bug_inject.diff"; may be ""

	made int64 // Limits.Made
}

// An Entry is what a diff does to one file.
type Entry struct {
	Kind     Kind
	Old, New string    // paths; Old is "" for Added, New is "" for Deleted
	OldMode  repo.Mode // 0: Added, or not stated
	NewMode  repo.Mode // 0: Deleted, or the mode stays
	Binary   bool      // it has binary hunks
	Line     int       // in the diff, from 1, of the entry's first line
	Raw      []byte    // the entry's own lines

	parts []part // two for TypeChanged: the deletion and the addition
	patch *Patch // that it belongs to
}

// Touches lists the paths that the entry changes: the old and the new path,
// once when they are the same. What a copy is taken from it only reads.
func (e *Entry) Touches() []string {
	switch {
	case e.Kind == Added || e.Kind == Copied || e.Old == e.New:
		return []string{e.New}
	case e.Kind == Deleted:
		return []string{e.Old}
	}
	return []string{e.Old, e.New}
}

// A Kind says what an [Entry] does.
type Kind uint8

const (
	_           Kind = iota
	Added            // a new file
	Deleted          // the file is removed
	Modified         // other bytes, and perhaps another mode
	Renamed          // another path, and perhaps other bytes or another mode
	Copied           // a new file made from one that stays
	ModeChanged      // the executable bit and nothing else
	TypeChanged      // a file becomes a symlink, or the other way round
)

var kindNames = [...]string{"invalid", "added", "deleted", "modified", "renamed", "copied", "mode_changed", "type_changed"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", k)
}

// MarshalText stores the kind as its word.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the word back.
func (k *Kind) UnmarshalText(text []byte) error {
	for i, name := range kindNames[1:] {
		if name == string(text) {
			*k = Kind(i + 1)
			return nil
		}
	}
	return fmt.Errorf("no kind of entry is called %q", text)
}

// A part is one "diff --git" header and what follows it.
type part struct {
	line     int
	old, new side
	copied   bool // old is read, and stays
	uncopies bool // old is removed with what it holds
	hunks    []hunk
	binary   *binaryChange
}

// A side is a file before or after a part.
type side struct {
	path string    // "": no file
	mode repo.Mode // 0: not stated
}

func (p part) kind() Kind {
	switch {
	case p.old.path == "":
		return Added
	case p.new.path == "":
		return Deleted
	case p.copied:
		return Copied
	case p.old.path != p.new.path:
		return Renamed
	case len(p.hunks) == 0 && p.binary == nil:
		return ModeChanged
	}
	return Modified
}

// reversed is the part that undoes p. The reverse of a copy removes it.
func (p part) reversed() part {
	p.old, p.new = p.new, p.old
	if p.copied {
		p.new, p.copied, p.uncopies = side{}, false, true
	}
	hunks := make([]hunk, len(p.hunks))
	for i, h := range p.hunks {
		hunks[i] = h.reversed()
	}
	p.hunks = hunks
	if p.binary != nil {
		p.binary = p.binary.reversed()
	}
	return p
}

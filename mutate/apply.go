package mutate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A Reader reads a file of the sources by its path. Apply and Undo take one, so
// that they work on a folder, a map or a tree.
type Reader = func(path string) ([]byte, error)

// Key identifies what the edit does to the sources, whatever operator made it:
// two edits of one key are the same change.
func (e Edit) Key() string {
	text, err := json.Marshal(e.Changes)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Apply applies edits together and returns the new content of every file that
// they change. All of them are against what read returns, so their order is
// irrelevant; two that change the same bytes are refused, and so is a change whose
// Before is not there.
func Apply(read Reader, edits ...Edit) (map[string][]byte, error) {
	return revise(read, edits, func(changes []Change) []Change { return changes })
}

// Undo returns the content that files had before edits were applied together.
// Read returns them as they are after it.
func Undo(read Reader, edits ...Edit) (map[string][]byte, error) {
	return revise(read, edits, inverse)
}

// inverse turns the changes of one file, sorted, into those that undo them.
func inverse(changes []Change) []Change {
	undone, shift := slices.Clone(changes), 0
	for i, c := range changes {
		undone[i] = Change{File: c.File, Start: c.Start + shift, Before: c.After, After: c.Before}
		shift += len(c.After) - len(c.Before)
	}
	return undone
}

func revise(read Reader, edits []Edit, turn func([]Change) []Change) (map[string][]byte, error) {
	files := map[string][]Change{}
	for _, e := range edits {
		for _, c := range e.Changes {
			files[c.File] = append(files[c.File], c)
		}
	}
	changed := map[string][]byte{}
	for file, changes := range files {
		slices.SortStableFunc(changes, byOffset)
		if err := disjoint(changes); err != nil {
			return nil, err
		}
		src, err := read(file)
		if err != nil {
			return nil, fmt.Errorf("read %s to edit it: %w", file, err)
		}
		if changed[file], err = splice(src, turn(changes)); err != nil {
			return nil, err
		}
	}
	return changed, nil
}

func byOffset(a, b Change) int {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Start, b.Start), cmp.Compare(len(a.Before), len(b.Before)))
}

// disjoint refuses changes, sorted, of which two want the same
// bytes. Two insertions at one place do too: which comes first would be chance.
func disjoint(changes []Change) error {
	for i, next := range changes[min(1, len(changes)):] {
		last := changes[i]
		if last.File != next.File {
			continue
		}
		if end := last.Start + len(last.Before); next.Start < end || next.Start == last.Start && last.Before == next.Before {
			return fmt.Errorf("edit %s: changes at bytes %d and %d overlap", next.File, last.Start, next.Start)
		}
	}
	return nil
}

// splice applies changes of one file, sorted and disjoint.
func splice(src []byte, changes []Change) ([]byte, error) {
	var out []byte
	at := 0
	for _, c := range changes {
		end := c.Start + len(c.Before)
		if c.Start < at || end < c.Start || end > len(src) || string(src[c.Start:end]) != c.Before {
			return nil, fmt.Errorf("edit %s: what stands at byte %d is not %q", c.File, c.Start, clip(c.Before))
		}
		out = append(append(out, src[at:c.Start]...), c.After...)
		at = end
	}
	return append(out, src[at:]...), nil
}

// clip shortens text for a message.
func clip(text string) string {
	if len(text) > 60 {
		return text[:60] + "…"
	}
	return text
}

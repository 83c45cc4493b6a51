package repo

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// Diff renders what turns from into to as git does: `git apply` of it on from
// gives to, byte for byte, and `git apply -R` undoes it. Both are trees of one
// snapshot, and only what one of them changes is looked at. It is nil when the
// trees are equal.
//
// Entries are sorted by path. A rename is a deletion and a new file, and so is
// a file that becomes a symlink. Content with a NUL byte is shown as a binary
// patch. Lines are matched by the anchored diff of rogpeppe/go-internal, whose
// time is O(n log n) whatever a player wrote; its hunks can be larger than
// git's.
func Diff(from, to *Tree) ([]byte, error) {
	if from.base != to.base && (from.base == nil || to.base == nil || from.base.key != to.base.key) {
		return nil, fmt.Errorf("diff: the trees are not of one snapshot")
	}
	var out bytes.Buffer
	for _, path := range changedPaths(from, to) {
		before, err := from.at(path)
		if err != nil {
			return nil, fmt.Errorf("diff: %w", err)
		}
		after, err := to.at(path)
		if err != nil {
			return nil, fmt.Errorf("diff: %w", err)
		}
		writeEntry(&out, path, before, after)
	}
	return out.Bytes(), nil
}

// changedPaths lists where the trees may differ, sorted.
func changedPaths(from, to *Tree) []string {
	paths := make([]string, 0, len(from.changes)+len(to.changes))
	for path := range from.changes {
		paths = append(paths, path)
	}
	for path := range to.changes {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// at returns the file at path, nil if there is none.
func (t *Tree) at(path string) (*File, error) {
	if file, ok := t.changes[path]; ok {
		return file, nil
	}
	if t.base.find(path) == nil {
		return nil, nil
	}
	file, err := t.base.read(path)
	return &file, err
}

func (f *File) equal(g *File) bool {
	if f == nil || g == nil {
		return f == g
	}
	return f.Mode == g.Mode && bytes.Equal(f.Data, g.Data)
}

func writeEntry(out *bytes.Buffer, path string, before, after *File) {
	switch {
	case before.equal(after):
	case before != nil && after != nil && (before.Mode == Symlink) != (after.Mode == Symlink):
		writeEntry(out, path, before, nil)
		writeEntry(out, path, nil, after)
	default:
		writeHeader(out, path, before, after)
		writeContent(out, path, before, after)
	}
}

// noObject is the hash that git shows for a file that is not there.
var noObject = strings.Repeat("0", 40)

func writeHeader(out *bytes.Buffer, path string, before, after *File) {
	fmt.Fprintf(out, "diff --git %s %s\n", quote("a/"+path), quote("b/"+path))
	oldHash, newHash, mode := noObject, noObject, ""
	if before != nil {
		oldHash = fmt.Sprintf("%x", objectHash(objectBlob, before.Data))
	}
	if after != nil {
		newHash = fmt.Sprintf("%x", objectHash(objectBlob, after.Data))
	}
	switch {
	case before == nil:
		fmt.Fprintf(out, "new file mode %o\n", after.Mode)
	case after == nil:
		fmt.Fprintf(out, "deleted file mode %o\n", before.Mode)
	case before.Mode != after.Mode:
		fmt.Fprintf(out, "old mode %o\nnew mode %o\n", before.Mode, after.Mode)
	default:
		mode = fmt.Sprintf(" %o", before.Mode)
	}
	if oldHash != newHash {
		fmt.Fprintf(out, "index %s..%s%s\n", oldHash, newHash, mode)
	}
}

func writeContent(out *bytes.Buffer, path string, before, after *File) {
	var oldData, newData []byte
	oldName, newName := "/dev/null", "/dev/null"
	if before != nil {
		oldName, oldData = quote("a/"+path), before.Data
	}
	if after != nil {
		newName, newData = quote("b/"+path), after.Data
	}
	switch {
	case bytes.Equal(oldData, newData):
	case isBinary(oldData) || isBinary(newData):
		writeBinary(out, oldData, newData)
	default:
		hunks := diff.Diff("", oldData, "", newData)
		_, hunks, _ = bytes.Cut(hunks, []byte("\n+++ \n")) // its own header
		fmt.Fprintf(out, "--- %s\n+++ %s\n", nameEnd(oldName), nameEnd(newName))
		out.Write(hunks)
	}
}

// nameEnd ends a name with spaces in it by a tab, as git does, since what
// follows a space would else be taken for a time.
func nameEnd(name string) string {
	if strings.Contains(name, " ") && name[0] != '"' {
		return name + "\t"
	}
	return name
}

// isBinary is stricter than git, which looks at the first 8,000 bytes only.
func isBinary(data []byte) bool { return bytes.IndexByte(data, 0) >= 0 }

// quote renders a path as git does: in C's quotes when a byte needs them.
func quote(path string) string {
	plain := true
	var out strings.Builder
	for i := range len(path) {
		escaped := quoteByte(path[i])
		plain = plain && len(escaped) == 1
		out.WriteString(escaped)
	}
	if plain {
		return path
	}
	return `"` + out.String() + `"`
}

func quoteByte(c byte) string {
	if i := strings.IndexByte("\a\b\t\n\v\f\r\"\\", c); i >= 0 {
		return `\` + `abtnvfr"\`[i:i+1]
	}
	if c < 0x20 || c >= 0x7f {
		return fmt.Sprintf(`\%03o`, c)
	}
	return string(rune(c))
}

package repo

import (
	"crypto/sha1"
	"encoding/binary"
	"fmt"
)

// encodeIndex renders git's index of the commit, version 2, with the extension
// that tells git the hashes of the folders
// (https://git-scm.com/docs/index-format).
func encodeIndex(c *collection) []byte {
	out := make([]byte, 0, 128*len(c.leaves)+1024)
	out = append(out, "DIRC"...)
	out = binary.BigEndian.AppendUint32(out, 2)
	out = binary.BigEndian.AppendUint32(out, uint32(len(c.leaves)))
	for i := range c.leaves {
		out = appendIndexEntry(out, &c.leaves[i])
	}
	cached := appendCacheTree(nil, &c.folders)
	out = append(out, "TREE"...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(cached)))
	out = append(out, cached...)
	sum := sha1.Sum(out)
	return append(out, sum[:]...)
}

func appendIndexEntry(out []byte, l *leaf) []byte {
	start := len(out)
	for _, field := range [...]uint32{
		uint32(l.time), 0, // changed: seconds, nanoseconds
		uint32(l.time), 0, // modified
		0, 0, // device, inode
		uint32(l.mode),
		0, 0, // user, group
		uint32(l.size),
	} {
		out = binary.BigEndian.AppendUint32(out, field)
	}
	out = append(out, l.hash[:]...)
	out = binary.BigEndian.AppendUint16(out, uint16(min(len(l.path), 0xfff)))
	out = append(out, l.path...)
	padding := 8 - (len(out)-start)%8 // at least one NUL
	return append(out, make([]byte, padding)...)
}

func appendCacheTree(out []byte, f *folder) []byte {
	out = append(out, f.name...)
	out = fmt.Appendf(out, "\x00%d %d\n", f.files, len(f.folders))
	out = append(out, f.hash[:]...)
	for i := range f.folders {
		out = appendCacheTree(out, &f.folders[i])
	}
	return out
}

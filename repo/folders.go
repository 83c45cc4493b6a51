package repo

import (
	"strconv"
	"strings"
)

// A folder is a tree object with those below it.
type folder struct {
	name    string
	hash    hash
	files   int // in it and below
	folders []folder
}

// folder makes the tree objects of the leaves, which are sorted and share
// prefix. Paths sorted by bytes are in git's order too: it compares folders as
// if their names ended in a slash, and so they do in a path.
func (c *collection) folder(prefix string, leaves []leaf) folder {
	f := folder{files: len(leaves)}
	var data []byte
	for len(leaves) > 0 {
		name, _, nested := strings.Cut(leaves[0].path[len(prefix):], "/")
		if !nested {
			data = appendTreeEntry(data, strconv.FormatUint(uint64(leaves[0].mode), 8), name, leaves[0].hash)
			leaves = leaves[1:]
			continue
		}
		below := prefix + name + "/"
		n := 1
		for n < len(leaves) && strings.HasPrefix(leaves[n].path, below) {
			n++
		}
		sub := c.folder(below, leaves[:n])
		sub.name = name
		f.folders = append(f.folders, sub)
		data = appendTreeEntry(data, "40000", name, sub.hash)
		leaves = leaves[n:]
	}
	f.hash = c.add(objectTree, data)
	return f
}

func appendTreeEntry(data []byte, mode, name string, h hash) []byte {
	data = append(data, mode...)
	data = append(data, ' ')
	data = append(data, name...)
	data = append(data, 0)
	return append(data, h[:]...)
}

package repo

import (
	"bytes"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
	"github.com/stretchr/testify/require"
)

// Packs of more than two gigabytes keep offsets in a second table.
func TestPackIndexOfALargePack(t *testing.T) {
	want := map[hash]int64{{1}: 12, {0xff}: 1<<31 - 1, {2}: 1 << 31, {0, 1}: 5 << 31, {1, 2}: 7}
	var objects []packed
	for h, offset := range want {
		objects = append(objects, packed{hash: h, offset: offset, crc: uint32(offset)})
	}
	index := idxfile.NewMemoryIndex()
	require.NoError(t, idxfile.NewDecoder(bytes.NewReader(encodePackIndex(objects, hash{9}))).Decode(index))
	require.Equal(t, [20]byte{9}, index.PackfileChecksum)
	for h, offset := range want {
		got, err := index.FindOffset(plumbing.Hash(h))
		require.NoError(t, err)
		require.Equal(t, offset, got)
		crc, err := index.FindCRC32(plumbing.Hash(h))
		require.NoError(t, err)
		require.Equal(t, uint32(offset), crc)
	}
}

func TestPackHeader(t *testing.T) {
	for size, want := range map[int64][]byte{0: {0x30}, 15: {0x3f}, 16: {0xb0, 0x01}, 2047: {0xbf, 0x7f}, 2048: {0xb0, 0x80, 0x01}} {
		require.Equal(t, want, appendPackHeader(nil, objectBlob, size))
	}
}

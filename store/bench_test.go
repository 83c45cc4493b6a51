package store_test

import (
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a blob costs by its size: those above 64 KiB, packed, are files.
func BenchmarkPut(b *testing.B) {
	for _, size := range []int{1 << 10, 16 << 10, 60 << 10, 70 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			s := open(b, played(b))
			blob := make([]byte, size)
			b.SetBytes(int64(size))
			for b.Loop() {
				rand.Read(blob[:size]) // nothing of it can be packed
				_, err := s.Put(b.Context(), blob)
				require.NoError(b, err)
			}
		})
	}
}

func BenchmarkSave(b *testing.B) {
	s := open(b, played(b))
	index := 0
	for b.Loop() {
		require.NoError(b, s.Save(b.Context(), round(index)))
		index++
	}
}

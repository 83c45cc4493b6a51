package textdiff

import "math/bits"

// A table is a map from grams to numbers that is emptied in no time and never
// grows: open addressing, with entries of an earlier epoch counting as free.
type table struct {
	slots []slot
	epoch uint32
	shift uint // 64 minus the binary logarithm of the slots in use
}

type slot struct {
	key   uint64
	value int32
	epoch uint32
}

// reset empties the table and makes room for that many keys.
func (t *table) reset(keys int) {
	width := max(bits.Len(uint(keys))+1, 4)
	t.shift = 64 - uint(width)
	t.epoch++
	if 1<<width > len(t.slots) || t.epoch == 0 {
		t.slots = make([]slot, max(1<<width, len(t.slots)))
		t.epoch = 1
	}
}

// slot returns where a key is, or the free slot where it would be.
func (t *table) slot(key uint64) int {
	mask := 1<<(64-t.shift) - 1
	i := int(key * 0x9E3779B97F4A7C15 >> t.shift)
	for t.slots[i].epoch == t.epoch && t.slots[i].key != key {
		i = (i + 1) & mask
	}
	return i
}

// entry returns the slot of a key, made new with value 0 if it is not known.
func (t *table) entry(key uint64) (s *slot, known bool) {
	s = &t.slots[t.slot(key)]
	if s.epoch == t.epoch {
		return s, true
	}
	*s = slot{key: key, epoch: t.epoch}
	return s, false
}

// lookup returns the value of a key.
func (t *table) lookup(key uint64) (value int32, known bool) {
	s := &t.slots[t.slot(key)]
	return s.value, s.epoch == t.epoch
}

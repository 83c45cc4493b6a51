package repo

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// BaseTime is the modification time of every file of a snapshot.
var BaseTime = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// FileTime is the modification time of a file that differs from the snapshot. It
// is made from the content, so that programs which take an equal time and size
// for an equal file (Python's bytecode cache, make, Go's test cache) are never
// wrong, and is later than [BaseTime], so that they take it for newer.
func FileTime(file File) time.Time {
	const twentyYears = 20 * 365 * 24 * 60 * 60
	sum := sha256.Sum256(file.Data)
	second := binary.BigEndian.Uint32(sum[:]) ^ uint32(file.Mode)
	return time.Date(2003, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(second%twentyYears) * time.Second)
}

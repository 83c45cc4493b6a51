package repo

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"
)

// changedTime is 2003-01-01T00:00:00Z, and changedSpan about twenty years.
const (
	changedTime = 1041379200
	changedSpan = 20 * 365 * 24 * 3600
)

// FileTime is the time that a sandbox gives a file which differs from its
// snapshot, and that the index written by [OneCommit] expects. It is a function
// of mode and content and later than every time in a snapshot (2001): build
// tools see that the file is newer than what was built from the snapshot, and
// that two versions of it differ; and the same tree looks the same in every
// run. It is also in the past (2003 to 2022), so git never takes an entry of
// the index for one that was written in the same second.
func FileTime(f File) time.Time {
	h := sha256.New()
	fmt.Fprintf(h, "%o\n", f.Mode)
	h.Write(f.Data)
	n := binary.BigEndian.Uint64(h.Sum(nil))
	return time.Unix(changedTime+int64(n%changedSpan), 0).UTC()
}

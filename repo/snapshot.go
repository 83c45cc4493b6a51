// Package repo holds snapshots: a repository at one commit.
package repo

import (
	"context"
	"iter"
	"log/slog"
)

// A Snapshot is a repository at one commit, unpacked in the cache. It is
// immutable and safe for concurrent use.
type Snapshot struct {
	Source string   // as it was given, without credentials
	Key    string   // identifies the content: SHA-256 in hexadecimal
	Commit string   // the commit's hash or the release's version; "" when the source has neither
	Tree   *Tree    // the files
	Dir    string   // the snapshot's folder in the cache, where what is derived from it may be kept
	Notes  []string // what was left out or is not as committed, as sentences for a person

	log     *slog.Logger
	history func(context.Context) iter.Seq2[Commit, error] // nil: none
}

// Package repo holds snapshots: a repository at one commit.
package repo

// A Snapshot is a repository at one commit, unpacked in the cache. (STUB: the repo helper completes it.)
type Snapshot struct {
	Source string // as it was given, without credentials
	Key    string // identifies the content: SHA-256 in hexadecimal
	Commit string // the commit's hash, "" when the source has no commits
	Tree   *Tree  // the files
	Dir    string // the snapshot's folder in the cache, where what is derived from it may be kept
}

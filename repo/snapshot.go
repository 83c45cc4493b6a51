// Package repo holds snapshots: a repository at one commit, unpacked once,
// named by its content, and never changed again. Everything that the game does
// to a repository is a [Tree] over a snapshot: the snapshot's files on disk and
// a few changed ones in memory. So a bug costs what it changes, not what the
// repository weighs.
//
//	s, err := repo.Open(ctx, "module:github.com/gorilla/mux@v1.8.1", repo.Options{})
//	broken, err := s.Tree.With(map[string]*repo.File{"mux.go": {Mode: repo.Regular, Data: src}})
//	patch, err := repo.Diff(s.Tree, broken)         // as git would show it
//	err = repo.OneCommit(ctx, broken, dir+"/.git")  // a history that tells nothing
//
// [Open] takes folders, git checkouts, git URLs and releases of Go modules.
// [Snapshot.History] yields what came before, and [AllCommits] writes it, for a
// player who may learn from the past; [OneCommit] is for the one who may not (Self-Play SWE-RL, arXiv
// 2512.18552: the solver gets a repository of one commit).
//
// A repository may be hostile, and the files that players change are. Nothing of
// either is executed here: git repositories are read with go-git, objects only,
// under an empty configuration, so no hook, filter, fsmonitor or helper runs; no
// path leaves its folder ([CheckPath], [os.Root]), and no symlink is followed.
// The one program that is started is the go command, to download modules.
// Content is named by SHA-256 wherever we compare it: players can craft two
// files of one SHA-1.
//
// What is in the cache appears by a rename of something complete. Processes
// share it without waiting for each other, and one that is killed leaves a
// folder that the next one sweeps.
//
// Left out, and why:
//   - Submodules. They are other repositories; a Note says which are missing.
//   - Contents of Git LFS. Fetching them needs a server's protocol and secrets;
//     the pointers stay.
//   - Filters and line-ending conversion. A snapshot holds the committed bytes;
//     a checkout that differs by a conversion only counts as unchanged.
//   - Git's index. Whether a file was changed is decided by reading it, since
//     an index can be told to lie (assume-unchanged, skip-worktree).
//   - Renames in diffs. A deletion and a new file say the same, exactly.
//   - Anything but releases in a module's history: the proxy has no commits.
//   - Empty folders, owners, times, and modes other than git's three.
//   - Removing old snapshots. Delete the cache, or a folder in it, at any time
//     when nothing uses it; it is made again.
package repo

import "log/slog"

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
	history history // nil: none
}

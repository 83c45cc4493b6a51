// Package bug holds the artifact: five files that state a bug by its tests, in
// no natural language. [Load] reads them from a player's folder, [Parse] from
// bytes, and both refuse what could never state a bug, with the file, the line
// and what would be right. Whether a well-formed artifact states one is decided
// by package verify, by running it.
//
// The larger half is [Patch]: a git diff that is applied to a [repo.Tree], all
// of it or entry by entry, forth ([Patch.Apply]) and back ([Patch.Undo]), and
// gives a new tree. Nothing is written to the host, so a diff cannot leave the
// tree, go through a symlink or touch .git; it is refused if it would, with the
// line that says so. [Revert] undoes one entry of a bug by the files of the
// original, for the inverse mutation of the paper.
//
// # Exact
//
// Where a patch is accepted, git apply (git apply -R for Undo) accepts it and
// makes the same bytes and modes. The tests hold this against git on diffs
// between releases of real modules and on thousands of damaged ones. The other
// way round it is stricter, on purpose: what git guesses, a verdict must not
// depend on. Refused here, and taken by git, are
//
//   - a hunk that does not stand at the line that its header says: git searches
//     for it. So is a hunk without context at its end that is not the end of the
//     file (diffs made with -U0): git moves it there, and makes another file.
//   - header lines that contradict each other, come twice or in an odd order,
//     names that differ between the lines of one entry, and names without the
//     prefixes a/ and b/ (or those of diff.mnemonicPrefix);
//   - modes that git does not write for files, and old modes that are not those
//     of the tree: git warns;
//   - lines that look like part of a diff and are none, such as a hunk with more
//     lines than it counts: git passes over them;
//   - diffs without "diff --git" lines where a name or a deletion would have to
//     be guessed;
//   - two entries that touch one path (git diff -B makes such): undoing one of
//     them alone has no meaning. A type change, which git writes as a deletion
//     and an addition, is one entry.
//
// Undoing a copy, which git apply -R always refuses, removes the copy here.
//
// # One reader
//
// The lines are read here, once, and not by a library. Two readers of one
// hostile diff can be made to disagree about which paths it touches, and then
// what was checked is not what is applied. sourcegraph/go-diff cuts spaces off
// names, unquotes them by the rules of Go and takes hunks that count wrong.
// bluekeyes/go-gitdiff takes "../" and applies a hunk "-N,0" one line early; it
// is used for what has neither names nor lines, the base85, zlib and delta
// coding of binary hunks, which it is given under a header of our own.
//
// Left out: three-way merges, whitespace and end-of-line conversions, -p other
// than 1, submodules, SHA-256 object ids, and checking the ids of text files,
// which git apply does not check either.
package bug

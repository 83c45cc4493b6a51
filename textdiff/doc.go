// Package textdiff compares texts as CPython's difflib does, to the last bit and
// some hundred times faster.
//
// Systems that pay a patch by its likeness to another (SWE-RL, arXiv 2502.18449;
// CWM, arXiv 2510.02387) define that likeness by a library:
// difflib.SequenceMatcher(None, a, b, autojunk=False).ratio(). It is a
// heuristic of Ratcliff and Obershelp, not an edit distance: take the longest
// common run, of several the one that begins first in a, of those the one first
// in b, then do the same left and right of it. The ratio is twice the length of
// all runs, divided by the length of both texts. It has a direction, Ratio(a, b)
// is not Ratio(b, a), and each of its ties decides what can match later, so only
// the same ties give the same number. [Match] keeps them all. [Unified] builds
// difflib's unified diff on it, [SplitLines] str.splitlines, [CloseMatches]
// difflib.get_close_matches. [IndelRatio] is another measure, the one of
// python-Levenshtein and rapidfuzz.
//
// # How it is fast
//
// difflib looks at every pair of equal elements: on the code points of two
// 2,000-line diffs some hundred million, again for each run it finds. Here each
// range is searched by the length of the run instead. Every stretch of 2^t
// elements gets a number, the same for the same stretch (Karp, Miller and
// Rosenberg 1972), so that any stretch of k elements is known by the numbers of
// two overlapping ones, exactly and in constant time; whether a range has a
// common run of k is one pass over a table, and the longest is found by halving.
//
// All runs of that length are then taken in one pass: left of the first one in a
// there is no other of the same length, so difflib's next step of that length is
// always to its right. Lengths that strictly fall from range to inner range,
// none of them used without consuming as much text, bound the depth by the
// square root of the text: n^1.5 log n in the worst case, where difflib is
// cubic. A hostile patch cannot hang a trainer. Memory is 4 bytes per code point
// for each doubling of the longest common run.
//
// # What is not here
//
// Junk functions: no system passes one. Autojunk is here, since
// difflib.unified_diff, and with it every reward, has it on. Strings are
// sequences of code points as in Python; a byte that is no UTF-8 is an element of
// its own, equal to the same byte only (Python's surrogateescape), so that no
// function here fails; who must refuse such text looks first. Applying diffs is
// not here either: rewards compare them, package bug applies them.
package textdiff

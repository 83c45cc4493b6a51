// Package mutate makes small edits of source code: values that say which bytes
// of which files become what, which operator made them, and where.
//
//	m, err := mutate.LoadGo(read, paths, importer)
//	for e := range m.Edits(".") {
//		changed, err := mutate.Apply(read, e)
//	}
//
// An injector breaks code by edits, a solver looks for the edit that repairs it;
// so the operators serve both, and [GoModule.Repairs] adds what undoes them and
// what could stand in a place because it stands elsewhere in the module. Edits are made when
// they are asked for, always in the same order.
//
// An edit is of bytes, so comments and layout of what it does not touch survive,
// and several edits can be applied together where they do not overlap. What it does
// touch is as the language's own tool formats it, if it was so before. For Go, each
// edit compiles as far as types are known: a draft goes through the type checker,
// variables that it left unused get a use and imports that it left unused go. That
// costs the check of one function, not of its package: the body is checked as that
// of a nameless function in a package whose other names are known from before.
// Where a function or method goes, its callers do without it, in all files of the
// module; one that a test names stays, since tests are not ours to change.
//
// Nothing of the sources is run. They may be hostile: what is too large, too deep
// or a trap for the type checker is left out of it, and what is broken does not
// keep the rest from being edited. What makes the Go compiler slow makes go/types
// slow too; so load only what has been built in a sandbox before.
//
// Left out, and why:
//   - A printer. It would move comments; bytes do not.
//   - Edits of tests, generated files, cgo, and files for other systems: the first
//     are the oracle, the others are not what runs.
//   - Donors from other packages that need another import, or name what is theirs.
//     The plastic surgery hypothesis (Barr et al., FSE 2014) is strongest within a
//     file and a package, so these give first.
//   - Initialisation cycles that an edit closes. Only the compiler of the whole
//     package sees them; they are rare, and whoever builds finds them.
//   - Interfaces that only a test declares, when a method goes, in a module whose
//     tests cannot be type-checked here.
package mutate

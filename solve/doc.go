// Package solve is the solver's role: a broken repository and the tests that
// were hidden in, a patch out.
package solve

package repo

import (
	"errors"
	"net"
	"net/url"

	"github.com/go-git/go-git/v5/plumbing"
)

// An UnreachableError says that a source is somewhere else and nothing came from
// there: no network, a server that failed, a host without the go command or
// without room for what came. Whether there is such a source is not known, and
// trying again may help; every other error of a source is about the source.
type UnreachableError struct {
	From string // "the module proxy", or the address of a git repository
	Err  error
}

func (e *UnreachableError) Error() string {
	return "nothing came from " + e.From + ": " + e.Err.Error()
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// unanswered says whether err is the network's or a server's failure. A server
// that answered that there is no such repository has not failed.
func unanswered(err error) bool {
	_, dialed := errors.AsType[*net.OpError](err)
	_, requested := errors.AsType[*url.Error](err)
	_, failed := errors.AsType[*plumbing.UnexpectedError](err)
	return dialed || requested || failed
}

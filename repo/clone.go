package repo

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/http"
	"github.com/go-git/go-git/v5/plumbing/transport/ssh"
	"golang.org/x/sys/unix"
)

// scpLike matches git's short form of SSH addresses, user@host:path.
var scpLike = regexp.MustCompile(`^[\w.-]+@[\w.-]+:[^/].*|^[\w.-]+@[\w.-]+:/.*`)

// withoutSecrets returns a source as it may be shown and stored: an address
// without its password, and without its user too except for SSH, where that is
// no secret and needed.
func withoutSecrets(source string) string {
	scheme, rest, ok := strings.Cut(source, "://")
	if !ok || !isRemote(source) {
		return source
	}
	rest, _, _ = strings.Cut(rest, "?")
	rest, _, _ = strings.Cut(rest, "#")
	host, path, _ := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		user, _, _ := strings.Cut(host[:i], ":")
		host = host[i+1:]
		if scheme == "ssh" {
			host = user + "@" + host
		}
	}
	return scheme + "://" + host + "/" + path
}

func isRemote(source string) bool {
	scheme, _, ok := strings.Cut(source, "://")
	return ok && scheme != "file" || scpLike.MatchString(source)
}

// openRemote takes a commit of a repository that is somewhere else, by way of a
// bare clone in the cache. A hash or a tag that the clone has is taken from it;
// what can have moved, a branch or HEAD, is fetched first.
func (c *cache) openRemote(ctx context.Context, source string, opts Options) (*Snapshot, error) {
	if opts.Uncommitted {
		return nil, errors.New("a git URL has no uncommitted changes")
	}
	auth, err := credentials(source)
	if err != nil {
		return nil, err
	}
	address := withoutSecrets(source)
	sum := sha256.Sum256([]byte(address))
	r := remote{address, auth, filepath.Join(c.dir, "clones", hex.EncodeToString(sum[:]))}
	if err := c.clone(ctx, r); err != nil {
		return nil, err
	}
	lock, err := lockDir(r.dir)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	note, err := r.update(ctx, opts.Rev)
	if err != nil {
		return nil, err
	}
	s, err := c.openBare(ctx, r.dir, address, opts)
	if err == nil && note != "" {
		s.Notes = append(s.Notes, note)
	}
	return s, err
}

// credentials takes user and password out of a source.
func credentials(source string) (transport.AuthMethod, error) {
	if scpLike.MatchString(source) {
		return nil, nil // the SSH agent's
	}
	u, err := url.Parse(source)
	if err != nil {
		return nil, errors.New("it is not a URL") // the error would show it
	}
	password, _ := u.User.Password()
	switch {
	case u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "ssh":
		return nil, fmt.Errorf("%s:// is not a kind of address that is known; there are https://, ssh://, git@host:path and file://", u.Scheme)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the address of a repository has neither ? nor #")
	case u.User == nil || u.Scheme == "ssh" && password == "":
		return nil, nil
	case u.Scheme == "ssh":
		return &ssh.Password{User: u.User.Username(), Password: password}, nil
	default:
		return &http.BasicAuth{Username: u.User.Username(), Password: password}, nil
	}
}

// A remote is a repository and its clone.
type remote struct {
	address string
	auth    transport.AuthMethod
	dir     string
}

// clone makes the clone if there is none.
func (c *cache) clone(ctx context.Context, r remote) error {
	if isDir(r.dir) {
		return nil
	}
	dir, lock, err := c.tempDir("clones")
	if err != nil {
		return err
	}
	defer lock.Close()
	defer os.RemoveAll(dir) // gone already when all went well
	repository, err := gogit.PlainInit(dir, true)
	if err != nil {
		return err
	}
	if _, err := repository.CreateRemote(&config.RemoteConfig{Name: "origin", URLs: []string{r.address}}); err != nil {
		return err
	}
	c.log.Info("clone", "source", r.address)
	if err := r.fetch(ctx, repository); err != nil {
		return fmt.Errorf("clone: %w", err)
	}
	return publish(dir, r.dir)
}

// lockDir waits until no other process fetches into dir.
func lockDir(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return nil, errors.Join(os.NewSyscallError("flock", err), f.Close())
	}
	return f, nil
}

var fullHash = regexp.MustCompile(`^[0-9a-f]{40}$`)

// update fetches unless rev is there for good. Where the remote cannot be
// reached but rev is there, what is there is taken, with a note.
func (r remote) update(ctx context.Context, rev string) (note string, err error) {
	repository, err := gogit.PlainOpen(r.dir)
	if err != nil {
		return "", err
	}
	_, missing := repository.ResolveRevision(plumbing.Revision(cmp.Or(rev, "HEAD")))
	_, noTag := repository.Tag(rev)
	if missing == nil && (fullHash.MatchString(rev) || noTag == nil) {
		return "", nil
	}
	if err := r.fetch(ctx, repository); err != nil {
		if missing != nil || ctx.Err() != nil {
			return "", fmt.Errorf("fetch: %w", err)
		}
		return fmt.Sprintf("the repository could not be asked for newer commits (%v); this is what it was when it was fetched last", err), nil
	}
	return "", nil
}

// fetch brings branches, tags and HEAD up to date.
func (r remote) fetch(ctx context.Context, repository *gogit.Repository) error {
	origin, err := repository.Remote("origin")
	if err != nil {
		return err
	}
	refs, err := origin.ListContext(ctx, &gogit.ListOptions{Auth: r.auth})
	if err != nil {
		return r.explain(err)
	}
	err = origin.FetchContext(ctx, &gogit.FetchOptions{
		Auth: r.auth, Force: true, Tags: gogit.NoTags,
		RefSpecs: []config.RefSpec{"+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"},
	})
	if err != nil && !errors.Is(err, gogit.NoErrAlreadyUpToDate) {
		return r.explain(err)
	}
	for _, ref := range refs {
		if ref.Name() == plumbing.HEAD {
			return repository.Storer.SetReference(ref)
		}
	}
	return nil
}

func (r remote) explain(err error) error {
	switch {
	case errors.Is(err, transport.ErrEmptyRemoteRepository):
		return errors.New("the repository has no commit yet")
	case errors.Is(err, transport.ErrAuthenticationRequired), errors.Is(err, transport.ErrAuthorizationFailed), errors.Is(err, transport.ErrRepositoryNotFound):
		return fmt.Errorf("%w; private repositories need credentials, as in https://USER:TOKEN@host/path", err)
	case unanswered(err):
		return &UnreachableError{r.address, err}
	default:
		return err
	}
}

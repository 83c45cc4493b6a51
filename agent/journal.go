package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
)

// A Journal keeps trajectories while they are made: a folder with one file for
// each, a line of JSON for its opening and one for every step. A line is written
// when a step is done and before the next begins: what a killed process had heard
// is there, but for an answer whose action was still running.
// Nothing is synced: a machine that lost its power may have lost the last lines,
// whose steps are then made again. It is safe for concurrent use, by several
// processes, too: a trajectory that is under way is refused to others, before a policy
// is asked for them but where two processes begin one in the same moment.
type Journal struct {
	root     *os.Root
	underWay sync.Map   // the names of entries that are open here
	making   sync.Mutex // of files: a disk makes one after the other, and who waits in the kernel burns a processor
}

// OpenJournal opens the journal in a folder, which is made where it is missing.
func OpenJournal(dir string) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("agent: open a journal: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("agent: open a journal: %w", err)
	}
	return &Journal{root: root}, nil
}

// Close closes the journal. No trajectory may be under way.
func (j *Journal) Close() error { return j.root.Close() }

// open opens the entry of a trajectory. One that began otherwise (with another
// policy, or another request) is another trajectory: it is put aside under
// another name, and this one begins.
func (j *Journal) open(o Opening) (*entry, error) {
	if j == nil {
		return &entry{}, nil
	}
	if o.ID == "" || strings.ContainsAny(o.ID, "/\x00") {
		return nil, fmt.Errorf("the trajectory's id is %q; it must be the name of a file", o.ID)
	}
	header, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	e := &entry{journal: j, name: o.ID + ".jsonl"}
	if _, open := j.underWay.LoadOrStore(e.name, true); open {
		return nil, fmt.Errorf("the trajectory %s is under way already", e.name)
	}
	if err := e.find(append(header, '\n')); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

// claim opens a file for one conversation alone. The lock is on the file, which
// another process may have put aside before it was locked, and ends with it.
func (j *Journal) claim(name string, flags int) (*os.File, error) {
	file, err := j.root.OpenFile(name, os.O_RDWR|flags, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("the trajectory %s is under way already: %w", name, err), file.Close())
	}
	locked, err := file.Stat()
	if now, e := j.root.Stat(name); err == nil && e == nil && os.SameFile(locked, now) {
		return file, nil
	}
	return nil, errors.Join(fmt.Errorf("the trajectory %s is under way already: its file was replaced", name), err, file.Close())
}

// create makes a file for one conversation alone.
func (j *Journal) create(name string) (*os.File, error) {
	j.making.Lock()
	defer j.making.Unlock()
	file, err := j.claim(name, os.O_CREATE|os.O_EXCL)
	if errors.Is(err, fs.ErrExist) {
		err = fmt.Errorf("the trajectory %s is under way already: %w", name, err)
	}
	return file, err
}

// aside gives a file a name that no entry has.
func (j *Journal) aside(name string) error {
	for n := 1; ; n++ {
		other := fmt.Sprintf("%s.%d", name, n)
		if _, err := j.root.Lstat(other); errors.Is(err, fs.ErrNotExist) {
			return j.root.Rename(name, other)
		} else if err != nil {
			return err
		}
	}
}

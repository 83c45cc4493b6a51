package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/selfplay"
)

// A journal holds the conversations that models are having, in a folder beside the
// store, so that a play which is killed goes on with what they said. The zero
// journal is that of a play without models.
type journal struct {
	*agent.Journal
	dir string
}

// journal opens the journal, for the loops of an engine.
func (f *playFlags) journal(e *selfplay.Engine) (*journal, error) {
	players := loops(e)
	if len(players) == 0 {
		return &journal{}, nil
	}
	dir := f.store + ".trajectories"
	open, err := agent.OpenJournal(dir)
	if err != nil {
		return nil, named(err)
	}
	for _, loop := range players {
		loop.Journal = open
	}
	return &journal{open, dir}, nil
}

// Close closes the journal.
func (j *journal) Close() error {
	if j.Journal == nil {
		return nil
	}
	return j.Journal.Close()
}

// forget removes the trajectories of rounds that are archived, and the folder when
// it is empty. What belongs to a round that was begun and is not over stays, and so
// does what was said in an attempt that was lost to the machine: it is nowhere else.
func (j *journal) forget(rounds []*selfplay.Round) error {
	if j.Journal == nil {
		return nil
	}
	kept := archived(rounds)
	files, err := os.ReadDir(j.dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		name := filepath.Join(j.dir, file.Name())
		if seed, ok := seedOf(name); !ok || !kept[seed] {
			continue
		}
		if err := os.Remove(name); err != nil {
			return fmt.Errorf("remove what is archived: %w", err)
		}
	}
	if err := os.Remove(j.dir); err != nil && !errors.Is(err, syscall.ENOTEMPTY) && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove what is archived: %w", err)
	}
	return nil
}

// archived are the seeds of trajectories that are kept as records.
func archived(rounds []*selfplay.Round) map[uint64]bool {
	seeds := map[uint64]bool{}
	keep := func(attempts []selfplay.Attempt) {
		for _, a := range attempts {
			seeds[a.Seed] = a.Record != ""
		}
	}
	for _, r := range rounds {
		seeds[r.Seed] = r.Record != ""
		keep(r.Attempts)
		for _, child := range r.Children {
			keep(child.Attempts)
		}
	}
	return seeds
}

// seedOf reads which seed a trajectory began with, in its first line.
func seedOf(name string) (seed uint64, ok bool) {
	file, err := os.Open(name)
	if err != nil {
		return 0, false
	}
	defer file.Close()
	var opening agent.Opening
	err = json.NewDecoder(file).Decode(&opening)
	return opening.Seed, err == nil
}

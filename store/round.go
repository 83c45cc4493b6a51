package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/selfplay"
)

// Save implements [selfplay.Archive]. A round that is there stays as it is, its
// costs too; one of its index and with other content is an error, since a play
// that comes to another result when it is repeated is not one.
func (s *Store) Save(ctx context.Context, round *selfplay.Round) error {
	if err := s.save(ctx, round); err != nil {
		return fmt.Errorf("store: save round %d: %w", round.Index+1, s.full(err)) // counted from 1 in everything that people read
	}
	return nil
}

func (s *Store) save(ctx context.Context, round *selfplay.Round) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	var record []byte
	err = tx.QueryRowContext(ctx, "SELECT record FROM rounds WHERE round = ?", round.Index).Scan(&record)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return err
	default:
		return checkSame(record, round)
	}
	if err := insertRound(ctx, tx, round); err != nil {
		return err
	}
	if err := insertAttempts(ctx, tx, round.Index, 0, round.Attempts); err != nil {
		return err
	}
	for i, child := range round.Children {
		if err := insertAttempts(ctx, tx, round.Index, i+1, child.Attempts); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func checkSame(record []byte, round *selfplay.Round) error {
	stored := new(selfplay.Round)
	if err := json.Unmarshal(record, stored); err != nil {
		return err
	}
	was, err := content(stored)
	if err != nil {
		return err
	}
	now, err := content(round)
	if err != nil || bytes.Equal(was, now) {
		return err
	}
	return fmt.Errorf("it was saved before, with other content: %s", strings.Join(differences(was, now), "; "))
}

func insertRound(ctx context.Context, tx *sql.Tx, r *selfplay.Round) error {
	record, err := json.Marshal(r)
	if err != nil {
		return err
	}
	var refusal, finding, duplicate any
	if r.Refusal != nil {
		refusal, finding = r.Refusal.Check, r.Refusal.Finding
	}
	if r.Duplicate != nil {
		duplicate = r.Duplicate.Of
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO rounds (round, source, "commit", seed, strategy, bug, consistent, refusal, finding, duplicate_of,
		fail_to_pass, pass_to_pass, solved, counted, scored, reward, children, errored, seconds, saved, record)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Index, r.Source, r.Commit, fmt.Sprint(r.Seed), r.Strategy, orNull(r.Bug), r.Consistent, refusal, finding, duplicate,
		r.FailToPass, r.PassToPass, r.Solved, r.Counted, r.Scored, r.Reward, len(r.Children), orNull(r.Errored), r.Cost.Wall,
		time.Now().UTC().Format(time.RFC3339), record)
	return err
}

func insertAttempts(ctx context.Context, tx *sql.Tx, round, child int, attempts []selfplay.Attempt) error {
	for _, a := range attempts {
		_, err := tx.ExecContext(ctx, `INSERT INTO attempts (round, child, attempt, seed, outcome, stop, reason, patch,
			public_passed, public_total, private_passed, private_total, reward)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			round, child, a.Index, fmt.Sprint(a.Seed), a.Outcome.String(), a.Stop, a.Reason, a.Patch,
			a.Public.Passed, a.Public.Total, a.Private.Passed, a.Private.Total, a.Reward)
		if err != nil {
			return fmt.Errorf("attempt %d of child %d: %w", a.Index, child, err)
		}
	}
	return nil
}

// orNull is NULL for an empty string.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// Rounds reads the rounds in order of their index. It holds no lock between two of
// them. An error ends it.
func (s *Store) Rounds(ctx context.Context) iter.Seq2[*selfplay.Round, error] {
	return func(yield func(*selfplay.Round, error) bool) {
		for last := -1; ; {
			round, err := s.after(ctx, last)
			if errors.Is(err, sql.ErrNoRows) {
				return
			}
			if err != nil {
				yield(nil, fmt.Errorf("store: read the round after %d: %w", last+1, err))
				return
			}
			if !yield(round, nil) {
				return
			}
			last = round.Index
		}
	}
}

// after reads the first round behind an index.
func (s *Store) after(ctx context.Context, index int) (*selfplay.Round, error) {
	var record []byte
	err := s.db.QueryRowContext(ctx, "SELECT record FROM rounds WHERE round > ? ORDER BY round LIMIT 1", index).Scan(&record)
	if err != nil {
		return nil, err
	}
	round := new(selfplay.Round)
	return round, json.Unmarshal(record, round)
}

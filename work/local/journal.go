package local

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"

	"github.com/selfplay-swe/ssr/internal/schema"
)

//go:embed migrations/*.sql
var migrations embed.FS

// A journal is the executor's memory over processes. It is written in whole
// transactions: what one change of the executor added goes in together. The zero
// journal has no database, and forgets.
//
// Nothing here takes a context: a write that was begun is worth its fraction of a
// millisecond, and half of one has to be told from a broken journal.
type journal struct {
	db    *sql.DB
	added []entry // and not written
	err   error   // why it is broken; then it writes nothing more
}

// An entry is one statement that is due.
type entry struct {
	query string
	args  []any
}

// openJournal brings the tables in db to the form that this program writes.
func openJournal(db *sql.DB) (journal, error) {
	if db == nil {
		return journal{}, nil
	}
	if err := checkDurable(db); err != nil {
		return journal{}, err
	}
	tables, ctx := schema.Schema{Files: migrations, Table: "work_version"}, context.Background()
	current, known, err := tables.Versions(ctx, db)
	if err != nil {
		return journal{}, err
	}
	if current > known {
		return journal{}, fmt.Errorf("it is of version %d, and this program knows versions up to %d: use the program that wrote it, or a newer one", current, known)
	}
	return journal{db: db}, tables.Migrate(ctx, db)
}

// checkDurable refuses a database that may forget what it said it wrote.
func checkDurable(db *sql.DB) error {
	var level int
	if err := db.QueryRow("PRAGMA synchronous").Scan(&level); err != nil {
		return err
	}
	const full = 2
	if level < full {
		return fmt.Errorf("it is opened with synchronous=%d, by which a step that was announced can be lost with the power: open it with _pragma=synchronous(FULL)", level)
	}
	return nil
}

func (j *journal) add(query string, args ...any) {
	if j.db != nil {
		j.added = append(j.added, entry{query, args})
	}
}

// addGroup adds a group that is begun.
func (j *journal) addGroup(g *group) {
	j.add("INSERT INTO work_groups (seq, id, content) VALUES (?, ?, ?)", g.seq, g.ID, g.content)
}

// addOutcome adds that a group is done.
func (j *journal) addOutcome(g *group) {
	j.add("UPDATE work_groups SET outcome = ? WHERE seq = ?", g.outcome, g.seq)
}

// addStep adds what there is to know of the chain's step.
func (j *journal) addStep(c *chain, s step) {
	j.add(`INSERT OR REPLACE INTO work_steps (seq, task, step, begun, failed, done, output, error, final) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.group.seq, c.index, c.step, s.begun, s.failed, s.done, s.output, s.err, s.final)
}

// write makes durable what was added.
func (j *journal) write() error {
	if j.err == nil && len(j.added) > 0 {
		if j.err = j.transaction(); j.err != nil {
			j.err = fmt.Errorf("work/local: write journal: %w", j.err)
		}
	}
	j.added = nil
	return j.err
}

func (j *journal) transaction() error {
	tx, err := j.db.Begin()
	if err != nil {
		return err
	}
	for _, e := range j.added {
		if _, err := tx.Exec(e.query, e.args...); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

// last returns the number of the last group that was started.
func (j *journal) last() (seq int64, err error) {
	if j.db == nil {
		return 0, nil
	}
	err = j.db.QueryRow("SELECT coalesce(max(seq), 0) FROM work_groups").Scan(&seq)
	return seq, err
}

// load reads a group, with all that is done of it. It is nil if there is none.
func (j *journal) load(id string) (*group, error) {
	if j.db == nil {
		return nil, nil
	}
	var (
		seq              int64
		content, outcome []byte
	)
	err := j.db.QueryRow("SELECT seq, content, outcome FROM work_groups WHERE id = ?", id).Scan(&seq, &content, &outcome)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	g, err := newGroup(content, seq)
	if err != nil {
		return nil, err
	}
	g.outcome = outcome
	return g, j.loadSteps(g)
}

func (j *journal) loadSteps(g *group) error {
	rows, err := j.db.Query("SELECT task, begun, failed, done, output, error, final FROM work_steps WHERE seq = ? ORDER BY task, step", g.seq)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			index int
			s     step
		)
		if err := rows.Scan(&index, &s.begun, &s.failed, &s.done, &s.output, &s.err, &s.final); err != nil {
			return err
		}
		g.chain(index).restore(s)
	}
	return rows.Err()
}

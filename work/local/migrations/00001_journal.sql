-- +goose Up
CREATE TABLE work_groups (
	seq     INTEGER PRIMARY KEY, -- in the order of their start
	id      TEXT NOT NULL UNIQUE,
	content BLOB NOT NULL,       -- the work.Group, as JSON
	outcome BLOB                 -- the work.Outcome, as JSON; NULL: not done
);

CREATE TABLE work_steps (
	seq    INTEGER NOT NULL REFERENCES work_groups,
	task   INTEGER NOT NULL,    -- its place in the group; behind the last: Finish
	step   INTEGER NOT NULL,    -- its place in the task
	begun  INTEGER NOT NULL,    -- tries; of them
	failed INTEGER NOT NULL,    -- ended with an error
	done   INTEGER NOT NULL,    -- 1: has its output; 0: not
	output BLOB,
	error  TEXT NOT NULL,       -- of the last try that failed
	final  INTEGER NOT NULL,    -- 1: failed for good
	PRIMARY KEY (seq, task, step)
) WITHOUT ROWID;

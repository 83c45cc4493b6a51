-- +goose Up
CREATE TABLE play (
	one     INTEGER PRIMARY KEY CHECK (one = 1), -- a store holds one play
	config  BLOB NOT NULL,                       -- selfplay.Config, as canonical JSON
	program TEXT NOT NULL,                       -- the version of ssr that began it
	begun   TEXT NOT NULL
);

CREATE TABLE rounds (
	round        INTEGER PRIMARY KEY, -- selfplay.Round.Index
	source       TEXT NOT NULL,
	"commit"     TEXT NOT NULL,
	seed         TEXT NOT NULL,
	strategy     TEXT NOT NULL,
	bug          TEXT,                -- its key; NULL: the artifact is not consistent
	consistent   INTEGER NOT NULL,
	refusal      TEXT,                -- the check that refused it
	finding      TEXT,                -- and what it found
	duplicate_of INTEGER,             -- an earlier round
	fail_to_pass INTEGER NOT NULL,
	pass_to_pass INTEGER NOT NULL,
	solved       INTEGER NOT NULL,
	counted      INTEGER NOT NULL,
	scored       INTEGER NOT NULL,
	reward       REAL,                -- the injector's; NULL: unscored
	children     INTEGER NOT NULL,    -- second-order bugs
	errored      TEXT,                -- how the machine failed
	seconds      REAL NOT NULL,       -- wall time
	saved        TEXT NOT NULL,
	record       BLOB NOT NULL        -- the selfplay.Round, as JSON
);

CREATE TABLE attempts (
	round          INTEGER NOT NULL REFERENCES rounds,
	child          INTEGER NOT NULL, -- from 1: on the round's second-order bug; 0: on its bug
	attempt        INTEGER NOT NULL, -- selfplay.Attempt.Index
	seed           TEXT NOT NULL,
	outcome        TEXT NOT NULL,
	stop           TEXT NOT NULL,
	reason         TEXT NOT NULL,
	patch          TEXT NOT NULL,    -- a blob, or ""
	public_passed  INTEGER NOT NULL,
	public_total   INTEGER NOT NULL,
	private_passed INTEGER NOT NULL,
	private_total  INTEGER NOT NULL,
	reward         REAL,             -- NULL: not counted
	PRIMARY KEY (round, child, attempt)
) WITHOUT ROWID;

CREATE TABLE blobs ( -- the small ones; others are files
	ref  TEXT NOT NULL PRIMARY KEY,
	zstd BLOB NOT NULL
);

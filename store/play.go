package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/selfplay"
)

// A ConfigError says that a store holds a play of another configuration.
type ConfigError struct {
	Differences []string // "attempts is 4, and was 8", in order of the fields
}

func (e *ConfigError) Error() string {
	return fmt.Sprintf("the store holds a play of another configuration (%s): give the options that it was begun with, or name another file",
		strings.Join(e.Differences, "; "))
}

// Begin implements [selfplay.Archive]. A play that came to no round is none: what
// it was begun with, a source that does not exist perhaps, binds nobody.
func (s *Store) Begin(ctx context.Context, config selfplay.Config) error {
	if err := s.begin(ctx, config); err != nil {
		return fmt.Errorf("store: begin play: %w", s.full(err))
	}
	return nil
}

func (s *Store) begin(ctx context.Context, config selfplay.Config) error {
	now, err := canonical(config)
	if err != nil {
		return err
	}
	was, err := s.config(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		_, err = s.db.ExecContext(ctx, "INSERT INTO play (one, config, program, begun) VALUES (1, ?, ?, ?)", now, program(), time.Now().UTC().Format(time.RFC3339))
		return err
	case err != nil:
		return err
	case bytes.Equal(was, now):
		return nil
	}
	result, err := s.db.ExecContext(ctx, "UPDATE play SET config = ? WHERE NOT EXISTS (SELECT 1 FROM rounds)", now)
	if err != nil {
		return err
	}
	if replaced, err := result.RowsAffected(); replaced > 0 || err != nil {
		return err
	}
	return &ConfigError{differences(was, now)}
}

// Config returns the configuration of the play, and nil if none was begun.
func (s *Store) Config(ctx context.Context) (*selfplay.Config, error) {
	text, err := s.config(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	config := new(selfplay.Config)
	if err == nil {
		err = json.Unmarshal(text, config)
	}
	if err != nil {
		return nil, fmt.Errorf("store: read configuration: %w", err)
	}
	return config, nil
}

func (s *Store) config(ctx context.Context) (text []byte, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT config FROM play").Scan(&text)
	return text, err
}

// program is the version of the program that runs, for a person who looks into
// the store later.
func program() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Path + "@" + info.Main.Version
	}
	return ""
}

// canonical is JSON that depends on nothing but the value: keys in their order,
// numbers as they were written.
func canonical(value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	plain, err := decode(text)
	if err != nil {
		return nil, err
	}
	return json.Marshal(plain)
}

func decode(text []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return value, decoder.Decode(&value)
}

// differences names the fields that differ between two JSON objects.
func differences(was, now []byte) []string {
	before, _ := decode(was)
	after, _ := decode(now)
	return differing("", before, after)
}

func differing(path string, was, now any) (list []string) {
	before, ok1 := was.(map[string]any)
	after, ok2 := now.(map[string]any)
	if !ok1 || !ok2 {
		a, b := text(was), text(now)
		if a == b {
			return nil
		}
		return []string{fmt.Sprintf("%s is %s, and was %s", strings.TrimPrefix(path, "."), b, a)}
	}
	fields := maps.Clone(before)
	maps.Copy(fields, after)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		list = append(list, differing(path+"."+name, before[name], after[name])...)
	}
	return list
}

// text is a value as JSON; null where a field is missing.
func text(value any) string {
	text, _ := json.Marshal(value)
	return string(text)
}

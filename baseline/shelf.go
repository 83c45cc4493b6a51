package baseline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sync/singleflight"
)

// A shelf keeps what is made once and used by many, by key. Whoever asks while
// it is being made waits for it. What could not be made is tried again: by the
// next who asks, and by who waited where it was but the other's context that ended.
type shelf[T any] struct {
	mu      sync.Mutex
	made    map[string]T
	flights singleflight.Group
}

func (s *shelf[T]) take(ctx context.Context, key string, make func(context.Context) (T, error)) (T, error) {
	for {
		if value, ok := s.look(key); ok {
			return value, nil
		}
		mine := false
		over, err, _ := s.flights.Do(key, func() (any, error) {
			mine = true
			value, err := make(ctx)
			if err == nil {
				s.keep(key, value)
			}
			return ctx.Err() != nil, err
		})
		if err != nil && (mine || over == false || ctx.Err() != nil) {
			var none T
			return none, err
		}
	}
}

func (s *shelf[T]) look(key string) (T, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok := s.made[key]
	return value, ok
}

func (s *shelf[T]) keep(key string, value T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made == nil {
		s.made = map[string]T{}
	}
	s.made[key] = value
}

// kept reads what is in a file, or makes it and keeps it there. A file that
// cannot be read as such is made anew.
func kept[T any](ctx context.Context, name string, make func(context.Context) (T, error)) (T, error) {
	var value T
	if text, err := os.ReadFile(name); err == nil && json.Unmarshal(text, &value) == nil {
		return value, nil
	}
	value, err := make(ctx)
	if err != nil {
		return value, err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return value, err
	}
	return value, replace(name, text)
}

// replace writes a file aside and renames it, so that readers in other processes
// see all of it or nothing.
func replace(name string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return fmt.Errorf("keep %s: %w", filepath.Base(name), err)
	}
	defer os.Remove(file.Name())
	_, err = file.Write(text)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("keep %s: %w", filepath.Base(name), err)
	}
	return os.Rename(file.Name(), name)
}

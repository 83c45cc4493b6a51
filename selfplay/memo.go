package selfplay

import (
	"context"
	"slices"
	"sync"
)

// A memo keeps the values that were made last. While one caller makes a value
// the others wait for it; what fails is not kept.
type memo[K comparable, V any] struct {
	size int

	mu      sync.Mutex
	order   []K
	entries map[K]*entry[V]
}

type entry[V any] struct {
	turn  chan struct{} // holds one element while a caller looks or makes
	value V
	made  bool
}

func (m *memo[K, V]) get(ctx context.Context, key K, make func() (V, error)) (value V, err error) {
	entry := m.entry(key)
	select {
	case entry.turn <- struct{}{}:
	case <-ctx.Done():
		return value, context.Cause(ctx)
	}
	defer func() { <-entry.turn }()
	if !entry.made {
		value, err = make()
		if err != nil {
			return value, err
		}
		entry.value, entry.made = value, true
	}
	return entry.value, nil
}

func (m *memo[K, V]) entry(key K) *entry[V] {
	m.mu.Lock()
	defer m.mu.Unlock()
	if found, ok := m.entries[key]; ok {
		return found
	}
	if m.entries == nil {
		m.entries = map[K]*entry[V]{}
	}
	if len(m.order) == m.size {
		delete(m.entries, m.order[0])
		m.order = slices.Delete(m.order, 0, 1)
	}
	m.order = append(m.order, key)
	m.entries[key] = &entry[V]{turn: make(chan struct{}, 1)}
	return m.entries[key]
}

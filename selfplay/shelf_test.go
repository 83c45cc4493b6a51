package selfplay_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"

	"github.com/selfplay-swe/ssr/selfplay"
)

// A shelf is an Archive in memory.
type shelf struct {
	mu    sync.Mutex
	blobs map[selfplay.Ref][]byte
	saved []*selfplay.Round
}

func (s *shelf) Begin(context.Context, selfplay.Config) error { return nil }

func (s *shelf) Put(_ context.Context, blob []byte) (selfplay.Ref, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := sha256.Sum256(blob)
	ref := selfplay.Ref("sha256:" + hex.EncodeToString(sum[:]))
	s.blobs[ref] = blob
	return ref, nil
}

func (s *shelf) Blob(_ context.Context, ref selfplay.Ref) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if blob, ok := s.blobs[ref]; ok {
		return blob, nil
	}
	return nil, fmt.Errorf("there is no %s", ref)
}

func (s *shelf) Save(_ context.Context, round *selfplay.Round) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saved = append(s.saved, round)
	return nil
}

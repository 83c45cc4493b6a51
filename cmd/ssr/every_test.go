package main

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		calls := 0
		stop := every(time.Second, &mu, func() { calls++ })
		time.Sleep(3500 * time.Millisecond)
		mu.Lock()
		require.Equal(t, 3, calls)
		mu.Unlock()
		stop()
		time.Sleep(time.Minute)
		require.Equal(t, 3, calls, "none after it was stopped")
	})
}

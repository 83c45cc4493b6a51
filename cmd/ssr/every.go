package main

import (
	"sync"
	"time"
)

// every calls f so often, with mu locked, until the function that it returns is
// called, which waits for a call that runs.
func every(interval time.Duration, mu sync.Locker, f func()) (stop func()) {
	over := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-over:
				return
			case <-ticker.C:
				mu.Lock()
				f()
				mu.Unlock()
			}
		}
	})
	return func() { close(over); running.Wait() }
}

package baseline

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// askTwice asks a shelf twice at one time for what takes a minute: first with one
// context, then with another. It says what the second got, and how often it was
// made.
func askTwice(t *testing.T, first, second context.Context, result error) (value string, made int, err error) {
	s := &shelf[string]{}
	slowly := func(ctx context.Context) (string, error) {
		made++
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case <-time.After(time.Minute):
			return "ready", result
		}
	}
	go s.take(first, "key", slowly)
	synctest.Wait()
	value, err = s.take(second, "key", slowly)
	return value, made, err
}

func TestShelfMakesOnceWhatManyAskFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		value, made, err := askTwice(t, t.Context(), t.Context(), nil)
		require.NoError(t, err)
		require.Equal(t, "ready", value)
		require.Equal(t, 1, made)
	})
}

// An attempt must not fail because another one, that came before it, ran out of
// its time.
func TestShelfGoesOnWhereAnothersTimeEnds(t *testing.T) {
	ends := map[string]func(context.Context) (context.Context, context.CancelFunc){
		"time-out": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		},
		"with a cause": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeoutCause(ctx, time.Second, errors.New("the attempt took too long"))
		},
		"cancelled": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return ctx, cancel
		},
	}
	for name, limited := range ends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				first, cancel := limited(t.Context())
				defer cancel()
				value, made, err := askTwice(t, first, t.Context(), nil)
				require.NoError(t, err)
				require.Equal(t, "ready", value)
				require.Equal(t, 2, made)
			})
		})
	}
}

func TestShelfSharesTheErrorOfWhatCannotBeMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lost := errors.New("the sandbox was lost")
		_, made, err := askTwice(t, t.Context(), t.Context(), lost)
		require.ErrorIs(t, err, lost)
		require.Equal(t, 1, made)
	})
}

func TestShelfReturnsWhenOnesOwnTimeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		second, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, _, err := askTwice(t, first, second, nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

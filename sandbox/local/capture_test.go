package local

import (
	"bytes"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// What was written before the command ended is read, however much its pipe holds,
// and although its writers live on.
func TestOutputIsReadToTheEndOfItsCommand(t *testing.T) {
	r, w, err := outputPipe()
	require.NoError(t, err)
	t.Cleanup(func() { r.Close(); w.Close() })
	size, err := unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, 1<<20)
	require.NoError(t, err)
	data := bytes.Repeat([]byte("0123456789abcdef"), size/16-1)
	_, err = w.Write(data)
	require.NoError(t, err)

	c := newCapture(r, 2<<20, nil)
	close(c.ended)
	c.read()
	require.Equal(t, data, c.bytes())
}

// A job in the background that prints for ever does not keep a command.
func TestOutputAfterTheEndIsNotFollowed(t *testing.T) {
	r, w, err := outputPipe()
	require.NoError(t, err)
	var writer sync.WaitGroup
	writer.Go(func() {
		for err := error(nil); err == nil; _, err = w.Write(make([]byte, 8<<10)) {
		}
	})
	c := newCapture(r, 1<<10, nil)
	var reader sync.WaitGroup
	reader.Go(c.read)
	close(c.ended)
	reader.Wait()
	require.NoError(t, r.Close())
	writer.Wait() // nobody reads any more
	require.NoError(t, w.Close())
}

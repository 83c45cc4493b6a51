package selfplay

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/selfplay-swe/ssr/work"
)

// read reads a value that write wrote.
func (e *Engine) read(ctx context.Context, ref Ref, value any) error {
	blob, err := e.blob(ctx, ref)
	if err != nil {
		return err
	}
	return json.Unmarshal(blob, value)
}

// write puts a value into the archive as JSON.
func (e *Engine) write(ctx context.Context, value any) (Ref, error) {
	blob, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	return e.put(ctx, blob)
}

// put puts bytes into the archive; none have no Ref. Where nothing can be kept,
// nothing can be played.
func (e *Engine) put(ctx context.Context, blob []byte) (Ref, error) {
	if len(blob) == 0 {
		return "", nil
	}
	ref, err := e.shared().archive.Put(ctx, blob)
	if err != nil && ctx.Err() == nil {
		err = work.Fatal(err)
	}
	if err != nil {
		return "", fmt.Errorf("archive: %w", err)
	}
	return ref, nil
}

// blob reads bytes; there are none of no Ref.
func (e *Engine) blob(ctx context.Context, ref Ref) ([]byte, error) {
	if ref == "" {
		return nil, nil
	}
	blob, err := e.shared().archive.Blob(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	return blob, nil
}

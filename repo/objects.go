package repo

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// objects are a snapshot's blobs and trees, packed once, so that a repository
// of one commit is made by copying them. The file "objects" beside the tree
// holds the packed objects, then for each its hash, offset, length and CRC, then
// a footer: where that table starts, how many there are, its SHA-256.
type objects struct {
	mutex sync.Mutex
	file  *os.File // nil: not prepared yet
	list  []packed // by offset
	index map[hash]int
}

const (
	tableEntry = 20 + 8 + 8 + 4
	footerSize = 8 + 8 + 32
)

// prepare returns the packed objects of a snapshot and packs them if nobody has.
// A nil base has none.
func (b *base) prepare(ctx context.Context) (*objects, error) {
	if b == nil {
		return &objects{}, nil
	}
	o := &b.objects
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.file != nil {
		return o, nil
	}
	name := filepath.Join(filepath.Dir(b.dir), "objects")
	err := o.load(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return o, err
	}
	if err := b.pack(ctx, name); err != nil {
		return nil, err
	}
	return o, o.load(name)
}

// load reads the table.
func (o *objects) load(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	list, err := readTable(f)
	if err != nil {
		return errors.Join(fmt.Errorf("read %s: %w: remove it", name, err), f.Close())
	}
	o.file, o.list, o.index = f, list, make(map[hash]int, len(list))
	for i := range list {
		o.index[list[i].hash] = i
	}
	return nil
}

func readTable(f *os.File) ([]packed, error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	footer := make([]byte, footerSize)
	if _, err := f.ReadAt(footer, max(0, size-footerSize)); err != nil {
		return nil, err
	}
	start, count := binary.BigEndian.Uint64(footer), binary.BigEndian.Uint64(footer[8:])
	if start+count*tableEntry+footerSize != uint64(size) {
		return nil, errors.New("it was cut short")
	}
	table := make([]byte, count*tableEntry)
	if _, err := f.ReadAt(table, int64(start)); err != nil {
		return nil, err
	}
	if sha256.Sum256(table) != [32]byte(footer[16:]) {
		return nil, errors.New("its table was changed")
	}
	list := make([]packed, count)
	for i := range list {
		row := table[i*tableEntry:]
		list[i] = packed{hash(row), int64(binary.BigEndian.Uint64(row[20:])), int64(binary.BigEndian.Uint64(row[28:])), binary.BigEndian.Uint32(row[36:])}
	}
	return list, nil
}

// pack packs every blob and tree of the snapshot into the file name, which
// appears when it is complete.
func (b *base) pack(ctx context.Context, name string) error {
	// Where Open removes what killed processes left.
	f, err := os.CreateTemp(filepath.Dir(filepath.Dir(name)), "tmp-objects-")
	if err != nil {
		return err
	}
	defer f.Close()
	defer os.Remove(f.Name()) // fails after the rename
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return os.NewSyscallError("flock", err)
	}
	buffered := bufio.NewWriterSize(f, 256<<10)
	p := &packer{w: buffered}
	if err := b.packAll(ctx, p); err != nil {
		return err
	}
	if _, err := buffered.Write(encodeTable(p)); err != nil {
		return err
	}
	return errors.Join(buffered.Flush(), f.Chmod(0o644), f.Sync(), os.Rename(f.Name(), name))
}

func (b *base) packAll(ctx context.Context, p *packer) error {
	c := &collection{prepared: &objects{}, have: map[hash]bool{}}
	done := map[hash]bool{}
	for i := range b.entries {
		e := &b.entries[i]
		c.leaves = append(c.leaves, leaf{path: e.path, mode: e.mode, hash: e.blob})
		if done[e.blob] {
			continue
		}
		done[e.blob] = true
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := b.packFile(p, e); err != nil {
			return fmt.Errorf("pack %q: %w", e.path, err)
		}
	}
	c.folder("", c.leaves)
	for _, o := range c.fresh {
		if err := p.write(o.kind, o.hash, int64(len(o.data)), bytes.NewReader(o.data)); err != nil {
			return err
		}
	}
	return nil
}

// packFile packs one file, and compares it with the manifest on the way.
func (b *base) packFile(p *packer, e *entry) error {
	content, err := b.content(e)
	if err != nil {
		return err
	}
	defer content.Close()
	sum := sha256.New()
	if err := p.write(objectBlob, e.blob, e.size, io.TeeReader(content, sum)); err != nil {
		return err
	}
	if [32]byte(sum.Sum(nil)) != e.sum {
		return b.tampered(e.path)
	}
	return nil
}

func (b *base) content(e *entry) (io.ReadCloser, error) {
	if e.mode == Symlink {
		target, err := b.root.Readlink(e.path)
		return io.NopCloser(strings.NewReader(target)), err
	}
	return b.root.Open(e.path)
}

func encodeTable(p *packer) []byte {
	out := make([]byte, 0, len(p.objects)*tableEntry+footerSize)
	for i := range p.objects {
		out = append(out, p.objects[i].hash[:]...)
		out = binary.BigEndian.AppendUint64(out, uint64(p.objects[i].offset))
		out = binary.BigEndian.AppendUint64(out, uint64(p.objects[i].length))
		out = binary.BigEndian.AppendUint32(out, p.objects[i].crc)
	}
	sum := sha256.Sum256(out)
	out = binary.BigEndian.AppendUint64(out, uint64(p.offset))
	out = binary.BigEndian.AppendUint64(out, uint64(len(p.objects)))
	return append(out, sum[:]...)
}

// copyTo copies the objects of those indices, sorted, to p. Objects that follow
// each other are read as one.
func (o *objects) copyTo(ctx context.Context, p *packer, indices []int) error {
	var at int64 = -1
	reader := bufio.NewReaderSize(nil, 256<<10)
	var data []byte
	for _, i := range indices {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		x := o.list[i]
		if x.offset != at {
			reader.Reset(io.NewSectionReader(o.file, x.offset, 1<<62))
		}
		at = x.offset + x.length
		data = slices.Grow(data[:0], int(x.length))[:x.length]
		if _, err := io.ReadFull(reader, data); err != nil {
			return err
		}
		if crc32.ChecksumIEEE(data) != x.crc {
			return fmt.Errorf("object %x in %s was changed: remove that file", x.hash, o.file.Name())
		}
		if err := p.copy(x.hash, data, x.crc); err != nil {
			return err
		}
	}
	return nil
}

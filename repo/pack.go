package repo

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// An objectKind is the type of a git object, as packs number them.
type objectKind byte

const (
	objectCommit objectKind = 1
	objectTree   objectKind = 2
	objectBlob   objectKind = 3
)

func (k objectKind) String() string { return [...]string{"", "commit", "tree", "blob"}[k] }

// A newObject is a git object that has to be packed.
type newObject struct {
	kind objectKind
	hash hash
	data []byte
}

// A packed object stands in a pack, or in the prepared ones, which have the
// same form: a header with kind and size, then the data, deflated
// (https://git-scm.com/docs/pack-format).
type packed struct {
	hash   hash
	offset int64
	length int64
	crc    uint32
}

// appendPackHeader renders what precedes an object's data in a pack.
func appendPackHeader(out []byte, kind objectKind, size int64) []byte {
	first := byte(kind)<<4 | byte(size&0xf)
	for size >>= 4; size > 0; size >>= 7 {
		out = append(out, first|0x80)
		first = byte(size & 0x7f)
	}
	return append(out, first)
}

// A packer writes objects one after the other.
type packer struct {
	w       io.Writer
	offset  int64
	objects []packed
	deflate *zlib.Writer
}

// write packs content, which has size bytes.
func (p *packer) write(kind objectKind, h hash, size int64, content io.Reader) error {
	crc := crc32.NewIEEE()
	start := p.offset
	w := io.MultiWriter(p.w, crc)
	counted := &counter{w: w}
	if _, err := counted.Write(appendPackHeader(nil, kind, size)); err != nil {
		return err
	}
	if p.deflate == nil {
		p.deflate, _ = zlib.NewWriterLevel(counted, zlib.BestSpeed)
	}
	p.deflate.Reset(counted)
	n, err := io.Copy(p.deflate, content)
	if err == nil && n != size {
		err = fmt.Errorf("object %x has %d bytes, not %d", h, n, size)
	}
	if err := errors.Join(err, p.deflate.Close()); err != nil {
		return err
	}
	p.offset += counted.n
	p.objects = append(p.objects, packed{h, start, counted.n, crc.Sum32()})
	return nil
}

// copy takes an object that is packed already.
func (p *packer) copy(h hash, data []byte, crc uint32) error {
	_, err := p.w.Write(data)
	p.objects = append(p.objects, packed{h, p.offset, int64(len(data)), crc})
	p.offset += int64(len(data))
	return err
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// writePack writes the pack of c and its index into dir.
func writePack(ctx context.Context, dir string, c *collection, prepared *objects) error {
	copied := c.indices()
	f, err := os.Create(filepath.Join(dir, "pack"))
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha1.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(f, sum), 256<<10)
	p := &packer{w: buffered}
	header := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(len(copied)+len(c.fresh)))
	if _, err := buffered.Write(header); err != nil {
		return err
	}
	p.offset = int64(len(header))
	if err := prepared.copyTo(ctx, p, copied); err != nil {
		return err
	}
	for _, o := range c.fresh {
		if err := p.write(o.kind, o.hash, int64(len(o.data)), bytes.NewReader(o.data)); err != nil {
			return err
		}
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	trailer := hash(sum.Sum(nil))
	if _, err := f.Write(trailer[:]); err != nil {
		return err
	}
	name := filepath.Join(dir, fmt.Sprintf("pack-%x", trailer))
	return errors.Join(f.Close(), os.Rename(f.Name(), name+".pack"), os.WriteFile(name+".idx", encodePackIndex(p.objects, trailer), 0o644))
}

// indices lists the prepared objects to copy.
func (c *collection) indices() (list []int) {
	for i, copied := range c.copied {
		if copied {
			list = append(list, i)
		}
	}
	return list
}

// encodePackIndex renders a pack's index, version 2.
func encodePackIndex(objects []packed, pack hash) []byte {
	slices.SortFunc(objects, func(a, b packed) int { return bytes.Compare(a.hash[:], b.hash[:]) })
	out := make([]byte, 0, 8+256*4+len(objects)*36+40)
	out = append(out, "\xfftOc\x00\x00\x00\x02"...)
	n := 0
	for first := range 256 {
		for n < len(objects) && int(objects[n].hash[0]) <= first {
			n++
		}
		out = binary.BigEndian.AppendUint32(out, uint32(n))
	}
	for i := range objects {
		out = append(out, objects[i].hash[:]...)
	}
	for i := range objects {
		out = binary.BigEndian.AppendUint32(out, objects[i].crc)
	}
	var large []byte // offsets that need more than 31 bits
	for i := range objects {
		if objects[i].offset < 1<<31 {
			out = binary.BigEndian.AppendUint32(out, uint32(objects[i].offset))
			continue
		}
		out = binary.BigEndian.AppendUint32(out, 1<<31|uint32(len(large)/8))
		large = binary.BigEndian.AppendUint64(large, uint64(objects[i].offset))
	}
	out = append(append(out, large...), pack[:]...)
	sum := sha1.Sum(out)
	return append(out, sum[:]...)
}

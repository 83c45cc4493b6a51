package sysprog

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"unsafe"
)

// elfFile returns the file up to the data segment: header, program headers, code.
func elfFile(code []byte, dataSize int) []byte {
	const headers = 64 + 3*56
	h := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(machine), Version: uint32(elf.EV_CURRENT),
		Entry: codeBase + headers, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 3,
	}
	copy(h.Ident[:], elf.ELFMAG)
	h.Ident[elf.EI_CLASS] = byte(elf.ELFCLASS64)
	h.Ident[elf.EI_DATA] = byte(elf.ELFDATA2LSB)
	h.Ident[elf.EI_VERSION] = byte(elf.EV_CURRENT)
	size := uint64(headers + len(code))
	load := func(flags elf.ProgFlag, offset, address, size uint64) elf.Prog64 {
		return elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(flags), Off: offset,
			Vaddr: address, Paddr: address, Filesz: size, Memsz: size, Align: segment}
	}
	var out bytes.Buffer
	for _, part := range []any{
		h,
		load(elf.PF_R|elf.PF_X, 0, codeBase, size),
		load(elf.PF_R|elf.PF_W, segment, dataBase, uint64(dataSize)),
		elf.Prog64{Type: uint32(elf.PT_GNU_STACK), Flags: uint32(elf.PF_R | elf.PF_W), Align: 16},
		code,
	} {
		_ = binary.Write(&out, binary.LittleEndian, part) // a bytes.Buffer takes everything
	}
	return out.Bytes()
}

// interpreterSize is enough for the interpreter of every machine; what follows
// it in our own text is copied along and never reached.
const interpreterSize = 160

// interpreter returns the machine code of interp_*.s, copied out of our own
// text: it depends on no address of ours.
func interpreter() []byte {
	return bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(interpreterAddress())), interpreterSize))
}

// interpreterAddress returns where the interpreter is in our own text. It is a
// pointer type so that the collector and vet agree that it is one.
func interpreterAddress() *byte

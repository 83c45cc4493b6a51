#include "textflag.h"

// The interpreter. BX is the current step (see stepSize in sysprog.go):
// number, six pointers to arguments, result, next step after a positive, zero
// and negative result. R12 is the program's memory: the failed step and its
// result are stored there, and the address of the first step is the third word.
TEXT ·run(SB), NOSPLIT|NOFRAME, $0-0
	MOVQ $0x500000, R12
	MOVQ 16(R12), BX

next:
	MOVQ 8(BX), DI
	MOVQ (DI), DI
	MOVQ 16(BX), SI
	MOVQ (SI), SI
	MOVQ 24(BX), DX
	MOVQ (DX), DX
	MOVQ 32(BX), R10
	MOVQ (R10), R10
	MOVQ 40(BX), R8
	MOVQ (R8), R8
	MOVQ 48(BX), R9
	MOVQ (R9), R9
	MOVQ (BX), AX
	SYSCALL
	MOVQ AX, 56(BX)
	TESTQ AX, AX
	JLT negative
	JEQ zero
	MOVQ 64(BX), BX
	JMP next

zero:
	MOVQ 72(BX), BX
	JMP next

negative:
	MOVQ BX, (R12)
	MOVQ AX, 8(R12)
	MOVQ 80(BX), BX
	JMP next

// func interpreterAddress() *byte
TEXT ·interpreterAddress(SB), NOSPLIT, $0-8
	LEAQ ·run(SB), AX
	MOVQ AX, ret+0(FP)
	RET

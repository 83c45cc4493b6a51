#include "textflag.h"

// The interpreter. R19 is the current step (see stepSize in sysprog.go):
// number, six pointers to arguments, result, next step after a positive, zero
// and negative result. R20 is the program's memory: the failed step and its
// result are stored there, and the address of the first step is the third word.
TEXT ·run(SB), NOSPLIT|NOFRAME, $0-0
	MOVD $0x500000, R20
	MOVD 16(R20), R19

next:
	MOVD 8(R19), R0
	MOVD (R0), R0
	MOVD 16(R19), R1
	MOVD (R1), R1
	MOVD 24(R19), R2
	MOVD (R2), R2
	MOVD 32(R19), R3
	MOVD (R3), R3
	MOVD 40(R19), R4
	MOVD (R4), R4
	MOVD 48(R19), R5
	MOVD (R5), R5
	MOVD (R19), R8
	SVC
	MOVD R0, 56(R19)
	CMP  $0, R0
	BLT  negative
	BEQ  zero
	MOVD 64(R19), R19
	B    next

zero:
	MOVD 72(R19), R19
	B    next

negative:
	MOVD R19, (R20)
	MOVD R0, 8(R20)
	MOVD 80(R19), R19
	B    next

// func interpreterAddress() *byte
TEXT ·interpreterAddress(SB), NOSPLIT, $0-8
	MOVD $·run(SB), R0
	MOVD R0, ret+0(FP)
	RET

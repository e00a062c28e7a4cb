#include "textflag.h"

// func lines(p unsafe.Pointer, n uintptr)
TEXT ·lines(SB), NOSPLIT|NOFRAME, $0-16
	MOVQ p+0(FP), AX
	MOVQ n+8(FP), CX
	LEAQ -1(AX)(CX*1), DX // the last byte
	PREFETCHT0 (AX)
next:
	ADDQ $64, AX
	CMPQ AX, DX
	JCC  last
	PREFETCHT0 (AX)
	JMP  next
last:
	PREFETCHT0 (DX) // A row need not begin with a line.
	RET

#include "textflag.h"

// func lines(p unsafe.Pointer, n uintptr)
TEXT ·lines(SB), NOSPLIT|NOFRAME, $0-16
	MOVD p+0(FP), R0
	MOVD n+8(FP), R1
	ADD  R0, R1, R2
	SUB  $1, R2 // the last byte
	PRFM (R0), PLDL1KEEP
next:
	ADD  $64, R0
	CMP  R2, R0
	BHS  last
	PRFM (R0), PLDL1KEEP
	B    next
last:
	PRFM (R2), PLDL1KEEP // A row need not begin with a line.
	RET

// Package prefetch asks the processor to bring memory near before it is needed.
//
// A large simulation waits for memory more than it computes: a record that nothing has looked at for a while is a wait of
// 100 to 400 ns, one after another. A load made in advance waits as well, in the processor's window of a few hundred
// instructions; a prefetch does not, so that records can be asked for many events before they are used. On processors
// other than amd64 and arm64 it does nothing.
//
// It reads no memory that a program could see and changes none, so results cannot depend on it.
package prefetch

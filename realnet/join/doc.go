// Package join lets a new box become a member of a swarm with one string. A node that holds the swarm's key makes an
// invitation and prints its code; the code carries the node's address, the fingerprint of the swarm's certificate and a
// secret that is good once and for a short time. The box makes its own key, which never leaves it, and gets a
// certificate for it.
//
// It knows nothing of videos and frames. Who a node is once it has a certificate is package identity's.
//
// # Use
//
//	invites := join.Invites{Dir: "keys/invites"}
//	code, err := invites.New("tcp://192.0.2.7:9100", join.Invite{Expires: time.Now().Add(15*time.Minute)})
//	...
//	issuer, err := join.NewIssuer("keys", time.Now)             // at the node
//	realnet.Start(realnet.Config{Keys: keys, Join: issuer.Serve, ...}, machine)
//	...
//	member, err := join.Ask(ctx, code, "ben")                  // at the box
//	err = member.Save("keys", false)
//
// # What is said
//
// Over TLS 1.3 with the protocol name identity.ProtocolJoin, each end one message: 4 bytes of length, big endian, and
// the content. The box checks that the node's certificate chains to the one with the code's fingerprint before it says
// anything. With exporter for 32 bytes of the connection's keying material (RFC 8446, 7.5) under the label
// EXPORTER-peerstreamer-join, no context,
//
//	request = dictionary{code, csr, proof}   proof = HMAC-SHA-256(secret, "request" || exporter || csr)
//	reply   = proof || dictionary{cert, error, master, source_key}
//	                                         proof = HMAC-SHA-256(secret, "reply" || exporter || dictionary)
//
// in bencode. So the secret itself is never sent: a member of the swarm who puts itself between the two, which its own
// certificate would let it do, neither learns the secret nor can use or change what it sees. A refusal has a proof of
// zeros if the node does not know the code.
//
// # What is kept
//
// An invitation is a file of mode 0600 in the directory of keys, with the secret in it; taking it is a rename that is on
// the disk before the box has its answer, so it is taken once, whatever crashes. Names that have been given away are kept in a ledger: a code for a certain name gives
// that name again, any other code only a new one.
//
// # Known limits
//
// The ledger is that of one directory. Where the swarm's key has been copied to a second node, each of the two can give
// away a name that the other one has given.
package join

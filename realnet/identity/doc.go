// Package identity says who a node is, in a way that others can check: a swarm has one certificate authority, each node
// a key of its own and a certificate of the authority that carries the node's name, and two nodes prove themselves to
// each other with mutual TLS 1.3 before either says anything else.
//
// It knows nothing of frames (package wire) or of connections of the protocol (realnet); how a new box gets its
// certificate is package join's; whose manifests are believed is package trust's.
//
// # Use
//
//	keys, err := identity.Load("keys") // what psnode keygen or psnode join has written
//	...
//	conn, peer, err := keys.Client(ctx, tcp) // or Server
//	if err != nil && conn != nil {
//		// The peer speaks TLS, but is nobody of ours: it may be told err over conn.
//	}
//	fmt.Println(peer.Name, peer.Fingerprint)
//
// # The files of a directory of keys
//
//	ca.pem      the swarm's certificate
//	ca.key      its private key, only where certificates are issued
//	node.pem    this node's certificate
//	node.key    its private key
//	source.key  the private key that signs manifests, only at a source
//	allow       optional: who may be a peer, see AllowList
//	swarm.toml  what this node knows of its swarm, see Settings
//
// Private keys have mode 0600 and the directory 0700; Load refuses a private key that others may read, but for one that root
// lets a group read, as secrets of containers are mounted. Nothing here
// overwrites a file, except a node's own key and certificate where the caller says so, and nothing prints or logs a
// private key.
//
// # Choices
//
// Keys are Ed25519: a handshake costs about as much processor time as with ECDSA P-256 (bench/README.md), signatures
// need no randomness, and manifests are signed with the same kind of key. Sessions are not resumed, so every connection
// shows a certificate. Certificates are compared with this machine's clock; an hour of difference is allowed for.
//
// # Known limits
//
// A certificate is valid until it expires. There is no revocation list; the allow list does that work, where it is
// used, for connections made after it has changed.
package identity

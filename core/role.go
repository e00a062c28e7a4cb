package core

// Role says what a peer is to a node.
type Role uint8

const (
	RoleSibling Role = iota // neither above nor below: another child of the master, as a rule
	RoleSource              // owns videos and has no master
	RoleMaster              // serves as the node's master now, or is the one that it was given
	RoleChild               // is registered here
	RoleViewer              // a reader that is no node; a Network knows those, a Machine does not
	NumRoles
)

func (r Role) String() string {
	return [NumRoles]string{"sibling", "source", "master", "child", "viewer"}[r]
}

// Role returns what the peer at the other end of a connection is to a node: RoleSibling for a connection that the node does not
// know. What is above counts before what is below. O(1).
func (s *Swarm) Role(id NodeID, c Conn) Role {
	if !s.nodes.Has(uint32(id)) || !s.look(id).mine(c) {
		return RoleSibling
	}
	return s.look(id).role(c)
}

// role returns what the peer at the other end of a connection is.
func (t turn) role(c Conn) Role {
	n, p := t.node(), t.peer(c)
	switch {
	case p.source:
		return RoleSource
	case p.id == n.up || p.id == n.master:
		return RoleMaster
	case p.child:
		return RoleChild
	}
	return RoleSibling
}

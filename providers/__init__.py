"""Those we buy from: the protocol as a client, the mirror of their lists, a sandbox provider."""

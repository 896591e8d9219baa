"""Stand-ins for the gateways' servers: real HTTP on 127.0.0.1, states as documented, faults on
demand. They count what they received, so that a test can say "it was asked once"."""

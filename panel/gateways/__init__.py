"""Those who take money for us: one adapter a gateway, all behind `protocol.Gateway`.

A new gateway is one file here and one row in `registry.GATEWAYS`.
"""

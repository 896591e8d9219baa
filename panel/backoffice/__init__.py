"""The operator's own pages: each says which right it needs, each change is written down."""

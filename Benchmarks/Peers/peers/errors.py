"""The one error that ends a comparison with a sentence instead of a trace."""


class PeerError(Exception):
    """Something outside this program is wrong: a profile, a checkpoint, a peer or its answer."""

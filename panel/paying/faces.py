"""What pages show of a gateway: templates would try to make one out of the class itself."""

from dataclasses import dataclass

from panel.gateways.protocol import Gateway
from panel.gateways.registry import GATEWAYS, offered


@dataclass(frozen=True, slots=True)
class Face:
    """A gateway by its name, and what may be expected of it."""

    slug: str
    title: str
    has_webhook: bool
    is_confirmed_by_staff: bool


def face_of(slug: str) -> Face | None:
    """None for gateways that are gone, or that never were ours."""
    gateway = GATEWAYS.get(slug)
    return _face(gateway) if gateway else None


def addable() -> list[Face]:
    """Those that a method can be made for here."""
    return [_face(gateway) for gateway in offered().values()]


def _face(gateway: type[Gateway]) -> Face:
    return Face(
        gateway.slug, str(gateway.title), gateway.has_webhook, gateway.is_confirmed_by_staff
    )

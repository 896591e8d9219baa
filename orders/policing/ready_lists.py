"""Lists of values that many operators want as rules: filled in at once, theirs from then on."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.policy import Kind

# Written down by hand for this project, November 2026: services that make a short link to any page
# for anybody, as each of them says of itself, and those of big sites and of campaign tools whose
# short links lead out of them. Left out is what only leads to its own site (youtu.be, pin.it).
_SHORTENERS = """
    abre.ai acortar.link adf.ly app.link b.link bc.vc bit.do bit.ly bitly.com bitly.ws bl.ink
    buff.ly clck.ru cutt.ly da.gd dlvr.it dub.sh encurtador.com.br exe.io goo.gl goo.su
    hyperurl.co ift.tt is.gd j.mp kurzelinks.de kutt.it linkvertise.com lnk.to lnkd.in mcaf.ee
    n9.cl onelink.me ouo.io ow.ly page.link qrco.de rb.gy rebrand.ly rotf.lol s.id shor.by
    short.gy shorte.st shorturl.asia shorturl.at shrinkme.io smarturl.it snip.ly soo.gd surl.li
    t.co t.ly t2m.io tiny.cc tinyurl.com tny.im trib.al u.to ulvis.net urlz.fr v.gd vk.cc x.gd
    zpr.io
"""


@dataclass(frozen=True, slots=True)
class ReadyList:
    """Values of one kind, what they are called, and why somebody might want them as rules."""

    kind: str
    title: str | Promise
    reason: str | Promise
    values: tuple[str, ...]


READY_LISTS: dict[str, ReadyList] = {
    "shorteners": ReadyList(
        Kind.HOST,
        _("Link shorteners"),
        _("A short link does not show where it leads."),
        tuple(_SHORTENERS.split()),
    ),
}

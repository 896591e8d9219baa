"""The smallest amount of each currency that can be paid: a table."""

from decimal import Decimal

USUAL_PLACES = 2
PLACES = {
    0: (
        *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI"),
        *("VND", "VUV", "XAF", "XOF", "XPF"),
    ),
    3: ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"),
    6: ("USDC", "USDT"),
    8: ("BCH", "BNB", "BTC", "DOGE", "ETH", "LTC", "SOL", "TRX", "XMR"),
}
"""Codes by their number of decimals, where that is not USUAL_PLACES."""
_PLACES_OF = {code: places for places, codes in PLACES.items() for code in codes}


def minor_step(currency: str) -> Decimal:
    """The smallest payable amount, 0.01 for most."""
    return Decimal(1).scaleb(-_PLACES_OF.get(currency.upper(), USUAL_PLACES))

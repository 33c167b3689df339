"""Rows of the Senate's table of transactions in the site's own markup."""

from html import escape

Cells = tuple[str, ...]
"""A row of the table behind its number: traded, owner, ticker, asset, asset type, type, amount, comment; each as HTML."""

_PAD = "\n                                            "


def senate_row(
    traded: str,
    owner: str = "Self",
    ticker: str = "--",
    asset: str = "",
    *,
    received: str | None = None,
    received_ticker: str | None = None,
    detail: str = "",
    asset_type: str = "Stock",
    kind: str = "Purchase",
    amount: str = "$1,001 - $15,000",
    comment: str = "--",
) -> Cells:
    """Return a row of plain texts in the site's markup; RECEIVED makes it an exchange of two, DETAIL is HTML."""
    name = escape(asset)
    tickers = _ticker(ticker)
    if received is not None:
        name = f"{name} (Exchanged){_PAD}<br/>{_PAD}{escape(received)} (Received)"
    if received_ticker is not None:
        tickers += f"{_PAD}<br/>{_PAD}{_ticker(received_ticker)}"
    cells = (asset_type, kind, amount, comment)
    texts = [escape(text) for text in cells]
    return (
        f"{_PAD}{traded}{_PAD}",
        escape(owner),
        _PAD + tickers + _PAD,
        _PAD + name + _PAD + detail,
        *texts,
    )


def option_detail(kind: str, strike: str, expires: str) -> str:
    """Return what an option's asset cell says below its name."""
    return (
        f'<div class="text-muted">Option Type: {escape(kind)} <br/><em>Strike price:</em> {escape(strike)}\n'
        f"{_PAD}<br>{_PAD}<em>Expires:</em> {escape(expires)}{_PAD}</div>{_PAD}"
    )


def bond_detail(rate: str, matures: str) -> str:
    """Return what a bond's asset cell says below its name."""
    return (
        f'<div class="text-muted"><em>Rate/Coupon:</em> {escape(rate)}<br> '
        f"<em>Matures:</em> {escape(matures)}</div>{_PAD}"
    )


def company_detail(company: str, place: str = "", description: str = "") -> str:
    """Return what the asset cell of something unlisted says below its name."""
    located = f"{_PAD}&nbsp;({escape(place)})" if place else ""
    parts = []
    if company:
        parts.append(
            f'<div class="text-muted">{_PAD}<em>Company:</em> {escape(company)}{located}{_PAD}</div>'
        )
    if description:
        parts.append(f'<div class="text-muted"><em>Description:</em>&nbsp;{escape(description)}</div>')
    return _PAD.join((*parts, ""))


def platform_detail(platform: str) -> str:
    """Return what the asset cell of crypto says below its name."""
    return f'<div class="text-muted"><em>Exchange/Platform</em>: {escape(platform)}</div>{_PAD}'


def _ticker(symbol: str) -> str:
    if symbol == "--":
        return symbol
    address = f"https://finance.yahoo.com/quote/{escape(symbol)}"
    return f'<a href="{address}"\n{_PAD[1:]}   target="_blank">{escape(symbol)}</a>'

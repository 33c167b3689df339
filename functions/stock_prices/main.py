"""Cloud Run function: what disclosed securities cost now, and did at each close."""

from flask import Request, Response

from common.prices.parameters import PriceParameters
from common.prices.update import update_prices
from common.runtime.runner import run
from common.tasks import STOCK_PRICES


def stock_prices(request: Request) -> Response:
    """Answer one call of Cloud Scheduler's job stock-price-updates."""
    return run(request, STOCK_PRICES, update_prices, PriceParameters)

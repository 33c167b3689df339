"""What a caller may ask of a run of stock_prices."""

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from common.errors import InvalidRequest
from common.tickers import canonical


def _ticker(text: str) -> str:
    try:
        return canonical(text)
    except InvalidRequest as error:
        raise ValueError(str(error)) from error


class PriceParameters(BaseModel):
    """What a caller may ask of stock_prices; without any, it does what is due."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tickers: tuple[Annotated[str, AfterValidator(_ticker)], ...] = ()
    """Only these, as far as they were disclosed."""
    since: date | None = None
    """Ask again for the bars from this day on, also for those that are stored, whatever the hour."""
    until: date | None = None
    """To this day, with `since`; by default to the last session that bars are published of."""
    at_any_hour: bool = False
    """Do what is due though the exchange is closed; a quote is then that of the last trade."""

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if self.until and not (self.since and self.since <= self.until):
            raise ValueError("until needs a since that is not later")
        return self

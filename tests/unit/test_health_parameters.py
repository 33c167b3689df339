"""What a check may be asked for is what it looks at."""

from common.ops.health.parameters import COMPONENTS, OLDER_NAMES
from common.ops.health.watch import CHECKS


def test_every_component_that_may_be_asked_for_is_looked_at_in_the_order_told() -> None:
    assert tuple(CHECKS) == COMPONENTS
    assert set(OLDER_NAMES.values()) <= CHECKS.keys()

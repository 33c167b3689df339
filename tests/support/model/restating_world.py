"""The small world of mails with an amendment in a filing of its own: message 2 is about the filing that restates message 1's."""

from common.alerts.sending.ledger import TOLD, UNSENT, Status
from tests.support.model.explore import Broken
from tests.support.model.mail_state import State, a_message, message
from tests.support.model.mail_world import MailRules

LOST = frozenset({Status.FAILED, Status.PRESUMED_LOST})
"""What nobody promises to be read; the operator sees it."""


class RestatingRules(MailRules):
    """SAME = the amendment says nothing else of the trade; PATIENT = its mail waits for the first one's, as no digest does."""

    def __init__(self, *, same: bool, patient: bool = True, resend: bool = False) -> None:
        super().__init__(resend=resend)
        self.same = same
        self.patient = patient

    def waits(self, s: State, number: int) -> bool:
        return self.patient and super().waits(s, number)

    def without_overtaken(self, s: State) -> State:
        """Leave notices alone: that is for versions of one filing."""
        return s

    def says(self, s: State, number: int) -> str | None:
        """Say what a message says of the trade now; None = nothing is left to say."""
        if number not in s.noticed:
            return None
        if number == 1:
            return "new" if not s.is_amended or self.speaks_again(s) else None
        if message(s, 1).status not in TOLD:
            return "new"
        return None if self.same else "corrected"

    def speaks_again(self, s: State) -> bool:
        """Whether the first message, begun before, still tells what the amendment restates."""
        began = message(s, 1).attempt > 0
        amendment = s.messages[1].status if len(s.messages) > 1 else Status.CANCELLED
        return self.same and began and amendment not in TOLD | UNSENT

    def _amend(self, s: State) -> State:
        was_told = message(s, 1).status in TOLD
        s = self._take_back(s, {1} if message(s, 1).status in UNSENT else set())
        s = s._replace(is_amended=True)
        if was_told and self.same:
            return s
        return s._replace(messages=(*s.messages, a_message(2)), noticed=s.noticed | {2})

    def check_rest(self, s: State) -> None:
        super().check_rest(s)
        if any(m.status in LOST for m in s.messages):
            return
        said = [delivery.says for delivery in s.taken]
        if not said:
            raise Broken("nobody was told")
        if s.is_amended and not self.same and {d.message for d in s.taken} == {1}:
            raise Broken("what changed was told to nobody")

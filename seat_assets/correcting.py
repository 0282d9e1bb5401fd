"""Correcting when a terminal came into service or left it: the purchaser's word, on record.

The declaration is often edited days after a terminal was installed. What is corrected moves past
figures of indicator 13, so no role of the operator, whom they judge, may do it; the recorded move
stays as it was, with the correction, its reason and its author beside it.
"""

from datetime import datetime

from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Forbidden
from ops_core.kernel.masking import mask_text
from ops_core.kernel.permissions import ActorKind, Permission, require
from ops_core.kernel.set_digests import DIGEST
from seat_assets.digest import CORRECTED, digest_of_corrections
from seat_assets.in_service import ServiceCorrection, check_correction
from seat_assets.read import read_corrections, read_recorded_moves
from seat_assets.service_record import SEAT
from seat_assets.tables import SeatServiceCorrectionRow


def correct_service(
    uow: UnitOfWork, seat: int, recorded: datetime, to: datetime, reason: str
) -> ServiceCorrection:
    """The move of the seat recorded as of an instant was another instant (both aware).

    Raises Forbidden, NotFound and Invalid.
    """
    require(uow.actor, Permission.CORRECT_SERVICE)
    if uow.actor.kind is not ActorKind.USER:
        raise Forbidden("在用期间只能由采购方人员更正", "", "请登录后操作，或以其令牌执行。")
    text = mask_text(reason.strip())
    one = ServiceCorrection(seat, recorded, to, text, str(uow.actor), uow.clock.now())
    check_correction(read_recorded_moves(uow.session), read_corrections(uow.session), one)
    uow.session.add(
        SeatServiceCorrectionRow(
            seat=seat, recorded=recorded, to=to, reason=text, by=one.by, at=one.at
        )
    )
    uow.session.flush()
    detail = {"recorded": recorded.isoformat(), "to": to.isoformat()}
    uow.event(SEAT, str(seat), CORRECTED, detail)
    uow.audit(
        CORRECTED, SEAT, "*",
        {"seat": seat, **detail, "reason": text, DIGEST: digest_of_corrections([one])},
    )  # fmt: skip
    return one

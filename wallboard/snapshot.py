"""What a read is given: an open session, the declared site and the instant it is seen at."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from device_configs.site.model import Site


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One reading of the database: everything read through it is of the same state."""

    session: Session
    site: Site
    now: datetime

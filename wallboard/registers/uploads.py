"""Forms with files that the registers take."""

from typing import Annotated

from fastapi import Depends

from ops_core.registers.access import WORKING
from wallboard.uploads import UploadedForm, upload_by

RegisterUpload = Annotated[UploadedForm, Depends(upload_by(*WORKING))]

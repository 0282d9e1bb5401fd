"""When monitoring is itself late: measured, said once, and kept from being read as a fault.

``model`` makes spells of lateness from signs, ``withholding`` holds back the evidence of such a
time, ``gate`` the faults that would open from it (all pure); ``meters`` measure, ``service`` puts
them together and says that monitoring is impaired.
"""

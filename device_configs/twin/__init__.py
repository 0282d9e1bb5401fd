"""The twin: every declared device and seat as Linux namespaces wired by the declared links.

One supervisor process is the site. It stands in namespaces of its own without any interface to
the machine, so no packet for a twin address can leave, and it takes everything with it when it
dies. :mod:`~device_configs.twin.plan` derives what is built, :mod:`~device_configs.twin.client`
commands it.
"""

"""An emulated Arista EOS box: configuration sessions and the commit timer behind real SSH.

It knows the commands that this platform renders for EOS, and shows them in one order, as EOS does.
Its sessions follow Arista's manual; no real box was compared with it.
"""

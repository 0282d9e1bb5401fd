"""The web face: the wall for the big screen, consoles for people, the live stream between.

It knows the services below it only through the view models and protocols it declares
(:mod:`wallboard.wall.state`, :mod:`wallboard.dependencies`);
the composition root adapts the domain services to them.
"""

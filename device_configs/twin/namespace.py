"""Network namespaces by file descriptor: make one, enter one, run a program in one.

The network namespace is a property of the thread, so one process can serve the machine in one
thread and talk to the twin's devices in another. Nothing here has a name under /run/netns.
"""

import ctypes
import json
import os
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

CLONE_NEWNET = 0x40000000
_RTM_GETNSID = 90
_NETNSA_NSID = 1
_NETNSA_FD = 3
_NSID_NOT_ASSIGNED = -1
_libc = ctypes.CDLL(None, use_errno=True)


class NamespaceRefused(RuntimeError):
    """The namespace is not the one expected, or leads to the machine."""


def _check(result: int, what: str) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def _set_network(fd: int) -> None:
    _check(_libc.setns(fd, CLONE_NEWNET), "setns")


def open_own_network() -> int:
    """A descriptor of the calling thread's network namespace; the caller closes it."""
    path = f"/proc/self/task/{threading.get_native_id()}/ns/net"
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def create_network() -> int:
    """Make a network namespace with a loopback interface only and return its descriptor.

    The calling thread is back in its own namespace afterwards.
    """
    before = open_own_network()
    try:
        _check(_libc.unshare(CLONE_NEWNET), "unshare")
        try:
            return open_own_network()
        finally:
            _set_network(before)
    finally:
        os.close(before)


def enter_network(fd: int) -> None:
    """Move the calling thread into the network namespace of ``fd``.

    Raises :class:`NamespaceRefused`, with the thread back where it was, when the kernel put it
    elsewhere or when an interface in there leads to the machine.
    """
    before = open_own_network()
    try:
        if os.fstat(fd).st_ino == os.fstat(before).st_ino:
            raise NamespaceRefused("the namespace is the one this thread already stands in")
        if _namespace_id(fd) != _NSID_NOT_ASSIGNED:
            raise NamespaceRefused("an interface of this namespace leads to the machine")
        _set_network(fd)
        try:
            _verify_here(fd)
        except BaseException:
            _set_network(before)
            raise
    finally:
        os.close(before)


@contextmanager
def inside_network(fd: int) -> Iterator[None]:
    """Stand in the namespace for the length of a block; the thread returns afterwards."""
    before = open_own_network()
    try:
        enter_network(fd)
        try:
            yield
        finally:
            _set_network(before)
    finally:
        os.close(before)


@contextmanager
def network_of_path(path: str) -> Iterator[None]:
    """Stand in the namespace that a path of /proc names, whatever leads out of it.

    For what reaches no device: :func:`inside_network` is for the devices' networks, which it holds
    against what leads to the machine. Raises OSError where the process of the path has ended.
    """
    before = open_own_network()
    try:
        there = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _set_network(there)
            try:
                yield
            finally:
                _set_network(before)
        finally:
            os.close(there)
    finally:
        os.close(before)


def run_in_network(fd: int, argv: Sequence[str]) -> list[str]:
    """The command line that runs ``argv`` in the namespace; pass ``fd`` on (``pass_fds``)."""
    return ["nsenter", f"--net=/proc/self/fd/{fd}", "--", *argv]


def start_in_network(
    fd: int,
    argv: Sequence[str],
    *,
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in the network namespace; its process id is the program's own."""
    return subprocess.Popen(
        run_in_network(fd, argv), pass_fds=[fd], stdin=stdin, stdout=stdout, stderr=stderr
    )


def _verify_here(fd: int) -> None:
    """Refuse unless the thread stands in ``fd`` and sees only virtual interfaces."""
    here = open_own_network()
    try:
        if os.fstat(here).st_ino != os.fstat(fd).st_ino:
            raise NamespaceRefused("the thread did not arrive in the expected namespace")
    finally:
        os.close(here)
    physical = physical_interfaces()
    if physical:
        raise NamespaceRefused(f"interfaces of the machine in the namespace: {physical}")


def physical_interfaces() -> tuple[str, ...]:
    """Interfaces of the calling thread's namespace that are neither loopback nor virtual."""
    shown = subprocess.run(["ip", "-d", "-j", "link"], check=True, capture_output=True)
    return tuple(
        link["ifname"]
        for link in json.loads(shown.stdout)
        if link["link_type"] != "loopback" and "info_kind" not in link.get("linkinfo", {})
    )


def _namespace_id(fd: int) -> int:
    """The id by which the thread's namespace knows ``fd``'s (rtnetlink RTM_GETNSID).

    The kernel gives one out as soon as an interface here has its other end there, at the latest
    when the interfaces are listed; -1 means that no interface joins the two.
    """
    socket.if_nameindex()
    attribute = struct.pack("=HHi", 8, _NETNSA_FD, fd)
    body = struct.pack("=B3x", 0) + attribute
    header = struct.pack("=IHHII", 16 + len(body), _RTM_GETNSID, 1, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.send(header + body)
        reply = netlink.recv(4096)
    kind = struct.unpack_from("=H", reply, 4)[0]
    if kind != _RTM_GETNSID - 2:
        raise NamespaceRefused("the kernel does not say how the namespace is joined to this one")
    offset = 20
    while offset + 8 <= len(reply):
        length, name, value = struct.unpack_from("=HHi", reply, offset)
        if name == _NETNSA_NSID:
            return int(value)
        offset += max(4, (length + 3) & ~3)
    return _NSID_NOT_ASSIGNED
